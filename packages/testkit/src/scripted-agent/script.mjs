import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { env } from 'node:process'
import { STEP_NAMES } from './steps.mjs'

/** @typedef {Record<string, unknown>} Step one key: what to do; its value: how */

/**
 * @typedef {object} Script
 * @property {Step[]} [steps] what attempts do that no item of `attempts` is about
 * @property {{ when?: { attempt?: number, reason?: string | string[] }, steps: Step[] }[]} [attempts] the first that fits is done
 */

/** The script cannot be found or read: exit status 64. */
export class ScriptError extends Error {}

/** Kept in the run's own home directory, since only the first prompt of a run may hold the script. */
const KEPT = '.optio-scripted-agent.json'

/**
 * The script: the file that the first argument names, or else in the prompt: all of it, or its first block fenced as
 * `optio-script`; or else what an earlier attempt of the run found there.
 * @param {string | undefined} file
 * @param {string} prompt
 * @returns {Script}
 */
export function findScript(file, prompt) {
  if (file !== undefined) return parse(readFileSync(file, 'utf8'), file)
  const kept = env.HOME === undefined ? undefined : path.join(env.HOME, KEPT)
  const found = inPrompt(prompt)
  if (found !== null) {
    const script = parse(found, 'the prompt')
    if (kept !== undefined) {
      mkdirSync(path.dirname(kept), { recursive: true })
      writeFileSync(kept, found)
    }
    return script
  }
  if (kept !== undefined && existsSync(kept)) return parse(readFileSync(kept, 'utf8'), kept)
  throw new ScriptError(
    'no script. Name a file as the first argument, or put JSON into a block of the prompt that begins with ```optio-script',
  )
}

/**
 * @param {string} prompt
 * @returns {string | null}
 */
function inPrompt(prompt) {
  const block = /^```optio-script[ \t]*\r?\n(.*?)^```/ms.exec(prompt)
  if (block) return block[1] ?? ''
  return /^\s*[[{]/.test(prompt) ? prompt : null
}

/**
 * @param {string} text
 * @param {string} from
 * @returns {Script}
 */
function parse(text, from) {
  /** @type {unknown} */
  let value
  try {
    value = JSON.parse(text)
  } catch (error) {
    throw new ScriptError(
      `the script in ${from} is no JSON: ${error instanceof Error ? error.message : error}`,
    )
  }
  const script = /** @type {Script} */ (Array.isArray(value) ? { steps: value } : value)
  for (const steps of [script.steps ?? [], ...(script.attempts ?? []).map((attempt) => attempt.steps)]) {
    checkSteps(steps, from)
  }
  return script
}

/**
 * @param {unknown} steps
 * @param {string} from
 */
function checkSteps(steps, from) {
  if (!Array.isArray(steps)) throw new ScriptError(`the script in ${from} has steps that are no list`)
  for (const step of steps) {
    const names = Object.keys(step ?? {})
    if (names.length !== 1 || !STEP_NAMES.includes(names[0] ?? '')) {
      throw new ScriptError(
        `the script in ${from} has an unknown step ${JSON.stringify(step)}. There are: ${STEP_NAMES.join(', ')}`,
      )
    }
    if (names[0] === 'repeat') checkSteps(step.repeat.steps, from)
  }
}

/**
 * @param {Script} script
 * @param {{ number: number, reason: string }} attempt
 * @returns {Step[]}
 */
export function stepsFor(script, attempt) {
  const fits = script.attempts?.find(({ when = {} }) => {
    const reasons = when.reason === undefined ? [attempt.reason] : [when.reason].flat()
    return (when.attempt ?? attempt.number) === attempt.number && reasons.includes(attempt.reason)
  })
  return fits?.steps ?? script.steps ?? []
}

#!/usr/bin/env node
// An agent that is no AI: it does what a script says. For tests and demonstrations. See the README of this package.
import { readFileSync } from 'node:fs'
import { env, exit, stderr } from 'node:process'
import { emit } from './output.mjs'
import { findScript, ScriptError, stepsFor } from './script.mjs'
import { perform } from './steps.mjs'

const EXIT_USAGE = 64

/** @returns {string} */
function readPrompt() {
  try {
    return readFileSync(0, 'utf8')
  } catch {
    return ''
  }
}

try {
  const prompt = readPrompt()
  const attempt = { number: Number(env.OPTIO_ATTEMPT ?? 1), reason: env.OPTIO_REASON ?? 'first', prompt }
  const steps = stepsFor(findScript(process.argv[2], prompt), attempt)
  emit({
    type: 'system',
    content: `Scripted stand-in agent: this is no AI, it follows a script. Attempt ${attempt.number} (${attempt.reason}), ${steps.length} steps.`,
  })
  for (const step of steps) await perform(step, attempt)
  exit(0)
} catch (error) {
  stderr.write(`scripted-agent: ${error instanceof Error ? error.message : error}\n`)
  exit(error instanceof ScriptError ? EXIT_USAGE : 1)
}

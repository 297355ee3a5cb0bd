import { BUILT_IN_TEMPLATES } from './prompts/built-in.ts'
import { promptParts } from './prompts/parts.ts'
import { type PromptRequest, templateKindOf } from './prompts/request.ts'
import { renderTemplate } from './templates/render.ts'

/** Room for the longest task (4 MiB), twice, and what is said with it. */
const MOST_PROMPT_BYTES = 12 * 1024 * 1024
/** Built-in templates do no harm: they end by themselves, however slow the machine is. */
const BUILT_IN_MS = 60_000

/**
 * What an agent is told: the words of the template, and after them whatever an agent needs that the template leaves out (why it is
 * called, what is wrong, the task, the rules). The task and a person's further words are instructions; everything else from outside is
 * marked as data. Throws TEMPLATE_INVALID for a template that fails; the built-in ones do not.
 */
export function buildPrompt(request: PromptRequest): string {
  const kind = templateKindOf(request.run, request.attempt)
  const { variables, needed } = promptParts(request, kind)
  const own = request.template ?? null
  const rendered = renderTemplate(own ?? BUILT_IN_TEMPLATES[kind], variables, {
    maxBytes: MOST_PROMPT_BYTES,
    ...(own === null ? { maxMs: BUILT_IN_MS } : {}),
  })
  const missing = needed.filter((part) => part.trim() !== '' && !rendered.includes(part.trim()))
  return `${[rendered.trim(), ...missing].join('\n\n')}\n`
}

/** Longest body of a pull request, characters (GitHub's limit is 65,536). */
const MAX_BODY = 60_000
const MAX_PROMPT = 20_000

export interface PullRequestBodyFacts {
  /** What the agent says it did; null when it said nothing. */
  readonly summary: string | null
  readonly prompt: string
  readonly agentType: string
  /** Address of the task's page; null when it has none. */
  readonly taskUrl: string | null
  /** Things a reviewer must know, each one sentence, such as changed tests. */
  readonly warnings: readonly string[]
}

/**
 * Body of a pull request that Optio opens. The task stands in a fenced block, whose fence is longer than any in it, so that
 * mentions, issue references and markup in it have no effect.
 */
export function pullRequestBody(facts: PullRequestBodyFacts): string {
  const parts: string[] = []
  const summary = printable(facts.summary ?? '').trim()
  if (summary !== '') parts.push(cut(summary, MAX_BODY - MAX_PROMPT - 2000))
  if (facts.warnings.length > 0) parts.push(facts.warnings.map((each) => `- ⚠️ ${printable(each)}`).join('\n'))
  const prompt = cut(printable(facts.prompt).trim(), MAX_PROMPT)
  const fence = '`'.repeat(Math.max(3, 1 + longestRun(prompt)))
  parts.push(`<details>\n<summary>The task</summary>\n\n${fence}text\n${prompt}\n${fence}\n\n</details>`)
  const by = `Opened by Optio for the agent \`${facts.agentType.replaceAll('`', '')}\`.`
  parts.push(facts.taskUrl === null ? by : `${by} [Task](${facts.taskUrl})`)
  return cut(parts.join('\n\n'), MAX_BODY)
}

function printable(text: string): string {
  // biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is being removed
  return text.replace(/\r\n?/g, '\n').replace(/[\u0000-\u0008\u000b-\u001f\u007f]/g, '')
}

function longestRun(text: string): number {
  return Math.max(0, ...(text.match(/`+/g) ?? []).map((run) => run.length))
}

function cut(text: string, limit: number): string {
  return text.length <= limit ? text : `${text.slice(0, limit - 20)}\n… (cut)`
}

import { withClosedBlock } from '../prompts/foreign.ts'
import { cutBytes } from '../text.ts'

/** What is put into a repository's own template for pull requests. */
export interface Part {
  readonly place: Place
  /** Said above it where the template has no place for it. */
  readonly heading: string
  readonly text: string
}

type Place = 'issue' | 'task' | 'summary' | 'tests'

const TEMPLATE_BYTES = 16 * 1024

/** Headings below which a part belongs. */
const HEADINGS: Readonly<Record<Place, RegExp>> = {
  issue: /\b(issues?|tickets?|fixes|closes|resolves|references?)\b/i,
  task: /\b(context|motivation|background|why|task)\b/i,
  summary: /\b(summary|description|overview|changes|what)\b/i,
  tests: /\b(tests?|tested|testing|verified|verification|qa)\b/i,
}

/** The order in which parts choose: what is said in fewest words by headings goes first. */
const ORDER: readonly Place[] = ['issue', 'tests', 'summary', 'task']

/** A line such as “Fixes #”, “Closes: # (issue)”. */
const CLOSES = /^\s*(?:[-*] )?(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?):?\s*#\s*(?:\(?[a-z ]*\)?)?\s*$/i

/**
 * The template with each part below the first heading that asks for it, and after it those that it has no place for. A heading takes one
 * part at most. Nothing of the template is taken away but a line that waits for the number of an issue.
 */
export function fillTemplate(template: string, parts: readonly Part[]): string {
  const lines = closed(cutBytes(template.replaceAll('\r\n', '\n').trim(), TEMPLATE_BYTES)).split('\n')
  const open = openLines(lines)
  const after = new Map<number, string>()
  const instead = new Map<number, string>()
  const left: Part[] = []
  for (const part of [...parts].sort((a, b) => ORDER.indexOf(a.place) - ORDER.indexOf(b.place))) {
    const line =
      part.place === 'issue'
        ? open.find((index) => CLOSES.test((lines[index] ?? '').slice(0, 200)))
        : undefined
    const heading = open.find((index) => !after.has(index) && asksFor(lines[index] ?? '', part.place))
    if (line !== undefined) instead.set(line, part.text)
    else if (heading !== undefined) after.set(heading, part.text)
    else left.push(part)
  }
  const filled = lines.flatMap((line, index) => {
    const text = after.get(index)
    const kept = instead.get(index) ?? line
    return text === undefined ? [kept] : [kept, '', text, '']
  })
  const inOrder = parts.filter((part) => left.includes(part))
  return [filled.join('\n').trim(), ...inOrder.map(({ heading, text }) => `## ${heading}\n\n${text}`)].join(
    '\n\n',
  )
}

function asksFor(line: string, place: Place): boolean {
  const heading = /^ {0,3}#{1,6}\s+(.+)$/.exec(line)?.[1]
  return heading !== undefined && HEADINGS[place].test(heading)
}

/** Lines that are neither in a block of code nor in a comment. */
function openLines(lines: readonly string[]): number[] {
  const open: number[] = []
  let fence: string | null = null
  let inComment = false
  lines.forEach((line, index) => {
    const mark = /^ {0,3}(`{3,}|~{3,})/.exec(line)?.[1]
    if (!inComment && mark !== undefined) {
      if (fence === null) fence = mark
      else if (mark.startsWith(fence)) fence = null
      return
    }
    if (fence !== null) return
    const wasInComment = inComment
    inComment = endsInComment(line, inComment)
    if (!wasInComment && !line.includes('<!--')) open.push(index)
  })
  return open
}

function endsInComment(line: string, before: boolean): boolean {
  const begins = line.lastIndexOf('<!--')
  const ends = line.lastIndexOf('-->')
  return begins === -1 && ends === -1 ? before : begins > ends
}

/** What follows a block or a comment that nobody closed would be a part of it. */
function closed(template: string): string {
  const text = withClosedBlock(template)
  return endsInComment(text.replaceAll('\n', ' '), false) ? `${text}\n-->` : text
}

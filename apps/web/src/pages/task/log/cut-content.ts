export interface Cut {
  readonly shown: string
  /** Lines of the whole text. */
  readonly lines: number
  /** Something is not shown. */
  readonly isCut: boolean
}

export interface CutLimits {
  readonly lines: number
  readonly characters: number
}

/** The beginning of a text, cut at a line where that is possible, and never in the middle of a character. */
export function cutContent(text: string, limits: CutLimits): Cut {
  const body = text.endsWith('\n') ? text.slice(0, -1) : text
  const lines = countLines(body)
  let end = 0
  for (let line = 0; line < limits.lines && end <= body.length; line++) {
    const found = body.indexOf('\n', end)
    end = found === -1 ? body.length + 1 : found + 1
  }
  let shown = body.slice(0, Math.max(0, end - 1))
  if (shown.length > limits.characters) {
    const last = shown.charCodeAt(limits.characters - 1)
    const tearsPair = last >= 0xd800 && last < 0xdc00
    shown = shown.slice(0, tearsPair ? limits.characters - 1 : limits.characters)
  }
  return { shown, lines, isCut: shown.length < body.length }
}

function countLines(text: string): number {
  let lines = 1
  for (let at = text.indexOf('\n'); at !== -1; at = text.indexOf('\n', at + 1)) lines += 1
  return lines
}

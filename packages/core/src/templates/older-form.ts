/** A template of an older form as liquid has it, and a way back from places in it to places in what was written. */
export interface Converted {
  readonly text: string
  /** Offset in what was written, for an offset in `text`. */
  readonly originOf: (offset: number) => number
  /** What neither form knows, with its offset in what was written; null where there is nothing. */
  readonly unknown: { readonly words: string; readonly offset: number } | null
}

const PIECE = new RegExp(
  [
    // Left as it is, whatever it looks like inside.
    String.raw`\{%-?\s*(?<verbatim>raw|comment)\b[\s\S]*?\{%-?\s*end\k<verbatim>\s*-?%\}`,
    String.raw`\{\{(?<ifLeft>-?)\s*#if\s+(?<name>[A-Za-z_][\w.-]*?)\s*(?<ifRight>-?)\}\}`,
    String.raw`\{\{(?<elseLeft>-?)\s*else\s*(?<elseRight>-?)\}\}`,
    String.raw`\{\{(?<endLeft>-?)\s*/if\s*(?<endRight>-?)\}\}`,
    String.raw`\{\{-?\s*(?<unknown>[#/^>!&{][^\s}]{0,40})`,
  ].join('|'),
  'g',
)

/**
 * Older templates have `{{#if NAME}}…{{else}}…{{/if}}`; `{{NAME}}` is the same in both forms. Other blocks of that family (each, unless,
 * partials) were never known and would silently mean something else.
 */
export function fromOlderForm(written: string): Converted {
  const shifts: { readonly at: number; readonly by: number }[] = []
  let by = 0
  let unknown: Converted['unknown'] = null
  const text = written.replace(PIECE, (piece, ...rest) => {
    const groups = rest.at(-1) as Record<string, string | undefined>
    const offset = rest.at(-3) as number
    if (groups.unknown !== undefined) unknown ??= { words: groups.unknown, offset }
    const converted = convert(piece, groups)
    if (converted !== piece) {
      shifts.push({ at: offset + by + converted.length, by: converted.length - piece.length })
      by += converted.length - piece.length
    }
    return converted
  })
  const originOf = (offset: number) =>
    shifts.reduce((origin, shift) => (shift.at <= offset ? origin - shift.by : origin), offset)
  return { text, originOf, unknown }
}

function convert(piece: string, groups: Record<string, string | undefined>): string {
  const { name, ifLeft, ifRight, elseLeft, elseRight, endLeft, endRight } = groups
  if (name !== undefined) return `{%${ifLeft} if ${name} ${ifRight}%}`
  if (elseLeft !== undefined) return `{%${elseLeft} else ${elseRight}%}`
  if (endLeft !== undefined) return `{%${endLeft} endif ${endRight}%}`
  return piece
}

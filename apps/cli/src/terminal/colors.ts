import pc from 'picocolors'

export type Colors = ReturnType<typeof pc.createColors>

/**
 * Colours only on a terminal that can show them, and never with NO_COLOR (https://no-color.org). FORCE_COLOR asks for them in a pipe,
 * such as one to a pager.
 */
export function chooseColors(env: Readonly<Record<string, string | undefined>>, isTerminal: boolean): Colors {
  const refused = Boolean(env.NO_COLOR) || env.TERM === 'dumb'
  const forced = Boolean(env.FORCE_COLOR) && env.FORCE_COLOR !== '0'
  return pc.createColors(!refused && (isTerminal || forced))
}

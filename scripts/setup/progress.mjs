/** How often a line is written while something takes long and stderr is a file or a pipe, in milliseconds. */
const LINE_EVERY_MS = 10_000
/** How often the line is redrawn on a terminal, in milliseconds. */
const REDRAW_EVERY_MS = 200

/**
 * Says something to the person, on stderr: stdout belongs to the program that follows.
 * @param {string} message
 */
export function say(message) {
  process.stderr.write(`${message}\n`)
}

/**
 * Shows that a long step is going on: a redrawn line on a terminal, elsewhere a line now and then.
 * @param {string} label what is going on, such as `installing dependencies`
 * @param {() => string} [detail] more about how far it is, asked whenever the line is written
 * @returns {(outcome?: string) => void} ends it; with an outcome, says that and how long it took
 */
export function showProgress(label, detail = () => '') {
  const started = Date.now()
  const seconds = () => (Date.now() - started) / 1000
  const terminal = process.stderr.isTTY === true && process.env.TERM !== 'dumb'
  const line = () => {
    const more = detail()
    return `${label} … ${Math.floor(seconds())} s${more === '' ? '' : `, ${more}`}`
  }
  if (terminal) process.stderr.write(line())
  else say(`${label} …`)
  const timer = setInterval(
    () => (terminal ? process.stderr.write(`\r\x1b[K${line()}`) : say(`  ${line()}`)),
    terminal ? REDRAW_EVERY_MS : LINE_EVERY_MS,
  )
  timer.unref()
  return (outcome) => {
    clearInterval(timer)
    if (terminal) process.stderr.write('\r\x1b[K')
    if (outcome !== undefined) say(`${outcome} (${seconds().toFixed(1)} s)`)
  }
}

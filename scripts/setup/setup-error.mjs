/** A reason why the set-up can't go on, in words that say what to do next. Shown without a stack trace. */
export class SetupError extends Error {
  /**
   * @param {string} message
   * @param {number} [exitCode] what the process ends with
   */
  constructor(message, exitCode = 1) {
    super(message)
    this.name = 'SetupError'
    this.exitCode = exitCode
  }
}

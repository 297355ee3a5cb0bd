import { writeSync } from 'node:fs'

/**
 * Writes all of it before it returns: what was said before an exit or a kill is said.
 * @param {string | Uint8Array} data
 * @param {1 | 2} stream 1 for standard output, 2 for standard error
 */
export function write(data, stream = 1) {
  const bytes = typeof data === 'string' ? Buffer.from(data) : data
  let written = 0
  while (written < bytes.length) {
    try {
      written += writeSync(stream, bytes, written)
    } catch (error) {
      // A full pipe: whoever reads it will get to it.
      if (/** @type {NodeJS.ErrnoException} */ (error).code !== 'EAGAIN') throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}

/** @param {object} message one line of JSON */
export function emit(message) {
  write(`${JSON.stringify(message)}\n`)
}

import { existsSync, readdirSync } from 'node:fs'
import { SetupError } from './setup-error.mjs'

/**
 * @typedef {object} Machine
 * @property {string} platform as `process.platform`
 * @property {string} arch as `process.arch`
 * @property {boolean} musl whether the C library is musl
 * @property {boolean} externalDatabase whether `DATABASE_URL` is set
 */

/** @returns {Machine} the machine this process runs on */
function thisMachine() {
  return {
    platform: process.platform,
    arch: process.arch,
    musl: process.platform === 'linux' && isMusl(),
    externalDatabase: Boolean(process.env.DATABASE_URL),
  }
}

/**
 * Whether Optio can run on this machine, and what a person should know if only with reservations.
 * @param {Machine} machine
 * @returns {{ refusal: string | null, note: string | null }}
 */
export function judgePlatform({ platform, arch, musl, externalDatabase }) {
  if (platform === 'win32') {
    return refuse(
      'Optio does not run on Windows itself. Install WSL 2 (`wsl --install` in an administrator PowerShell), clone the\n' +
        'repository inside it (below your Linux home, not below /mnt/c), and run the same command there.',
    )
  }
  if (platform === 'darwin') return accept('macOS is supported as best effort: Optio is tested on Linux.')
  if (platform !== 'linux') return refuse(`Optio runs on Linux and macOS; this is ${platform}.`)
  if (musl && !externalDatabase) {
    return refuse(
      'This system uses musl (Alpine and the like), for which there is no embedded Postgres. Set DATABASE_URL to a\n' +
        'Postgres 15 or newer and run the same command again, or use a system with glibc.',
    )
  }
  if (musl) return accept('musl systems are not tested; glibc is.')
  if (arch !== 'x64' && arch !== 'arm64') {
    return externalDatabase
      ? accept(`Linux on ${arch} is not tested; x64 and arm64 are.`)
      : refuse(
          `There is no embedded Postgres for Linux on ${arch}. Set DATABASE_URL to a Postgres 15 or newer.`,
        )
  }
  return accept(null)
}

/**
 * Throws where Optio can't run; answers the note that goes with a platform that is not fully tested.
 * @returns {string | null}
 */
export function checkPlatform() {
  const { refusal, note } = judgePlatform(thisMachine())
  if (refusal !== null) throw new SetupError(refusal)
  return note
}

/**
 * Whether Node runs on musl. Asking Node's diagnostic report costs tens of milliseconds, so it is asked only where a
 * musl loader is installed at all (glibc systems can have one too).
 */
function isMusl() {
  const loader = existsSync('/lib') && readdirSync('/lib').some((name) => name.startsWith('ld-musl-'))
  if (!loader) return false
  const report = /** @type {{ header: { glibcVersionRuntime?: string } }} */ (
    /** @type {unknown} */ (process.report?.getReport() ?? { header: {} })
  )
  return report.header.glibcVersionRuntime === undefined
}

/** @param {string} refusal */
function refuse(refusal) {
  return { refusal, note: null }
}

/** @param {string | null} note */
function accept(note) {
  return { refusal: null, note }
}

import { spawnSync } from 'node:child_process'
import { SetupError } from './setup-error.mjs'

/** The oldest git that has `merge-tree --write-tree`, with which Optio computes a merge without a checkout. */
const OLDEST_MAJOR = 2
const OLDEST_MINOR = 38

/**
 * Says in words why this git won't do, or null when it will.
 * @param {string | null} answer what `git --version` printed, or null when there is no git
 * @returns {string | null}
 */
export function gitVersionProblem(answer) {
  const wanted = `${OLDEST_MAJOR}.${OLDEST_MINOR}`
  const install =
    'Install it with your package manager (`apt-get install git`, `dnf install git`, `brew install git`)'
  if (answer === null)
    return `Optio needs git ${wanted} or newer and found none. ${install} and run the same command again.`
  const match = /git version (\d+)\.(\d+)/.exec(answer)
  if (match === null)
    return `\`git --version\` answered ${JSON.stringify(answer)}, which names no version. ${install}.`
  const major = Number(match[1])
  const minor = Number(match[2])
  if (major > OLDEST_MAJOR || (major === OLDEST_MAJOR && minor >= OLDEST_MINOR)) return null
  return (
    `Optio needs git ${wanted} or newer; this is ${answer.trim()}.\n` +
    'Install a newer one (on Debian and Ubuntu from backports or ppa:git-core/ppa) and run the same command again.'
  )
}

/** Throws unless a git that is new enough is on the PATH. */
export function checkGit() {
  const result = spawnSync('git', ['--version'], { encoding: 'utf8', timeout: 20_000 })
  const problem = gitVersionProblem(result.status === 0 ? result.stdout : null)
  if (problem !== null) throw new SetupError(problem)
}

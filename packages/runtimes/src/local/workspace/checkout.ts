import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import { AGENT_IDENTITY, git, makeDirectoryOnce } from '@optio/git'
import { NO_PUSH } from './clone.ts'

const CHECKOUT_TIMEOUT_MS = 30 * 60_000

/**
 * A clean checkout of one commit of the mirror, detached, with git history for tests that ask for it. It borrows the
 * mirror's objects (`--shared`), which makes it cheap: whoever runs a check there lets it read the mirror, and nothing is
 * ever pruned from that. A push from it goes nowhere. Left untouched when it exists, because a check may still be running in it.
 */
export async function prepareCheckout(
  directory: string,
  mirrorDir: string,
  commit: string,
): Promise<{ dir: string }> {
  if (!/^(?:[0-9a-f]{40}|[0-9a-f]{64})$/.test(commit)) {
    throw new OptioError('VALIDATION', `${JSON.stringify(commit)} is not the name of a commit.`)
  }
  if (existsSync(directory)) return { dir: directory }
  await makeDirectoryOnce(directory, async (temporary) => {
    await git(
      [
        'clone',
        '--quiet',
        '--shared',
        '--no-checkout',
        '--template=',
        '--config',
        `remote.origin.pushUrl=${NO_PUSH}`,
        '--config',
        `user.name=${AGENT_IDENTITY.name}`,
        '--config',
        `user.email=${AGENT_IDENTITY.email}`,
        '--end-of-options',
        mirrorDir,
        temporary,
      ],
      { cwd: mirrorDir, timeoutMs: CHECKOUT_TIMEOUT_MS },
    )
    await git(['-c', 'checkout.workers=2', 'checkout', '--quiet', '--detach', commit, '--'], {
      cwd: temporary,
      gitDir: join(temporary, '.git'),
      env: { GIT_WORK_TREE: temporary },
      timeoutMs: CHECKOUT_TIMEOUT_MS,
    })
  })
  return { dir: directory }
}

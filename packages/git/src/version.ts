import { tmpdir } from 'node:os'
import { OptioError } from '@optio/contract'
import { gitText } from './run.ts'

/** The oldest git Optio works with: `merge-tree --write-tree`, which merges without a working tree, came with it. */
export const MINIMUM_GIT = '2.38'

/** Compares the leading numbers of two versions; `2.39.5 (Apple Git-154)` and `2.45.1.windows.1` are understood. */
export function isAtLeast(version: string, minimum: string): boolean {
  const numbers = (text: string) => (/^\d+(\.\d+)*/.exec(text)?.[0] ?? '0').split('.').map(Number)
  const [have, want] = [numbers(version), numbers(minimum)]
  for (let i = 0; i < want.length; i++) {
    const difference = (have[i] ?? 0) - (want[i] ?? 0)
    if (difference !== 0) return difference > 0
  }
  return true
}

/** Version of the git on the PATH, such as `2.39.5`. Throws `CONFIG` in words when there is none or it is too old. */
export async function gitVersion(): Promise<string> {
  const version = (await gitText(['--version'], { cwd: tmpdir() })).replace(/^git version /, '')
  if (!isAtLeast(version, MINIMUM_GIT)) {
    throw new OptioError(
      'CONFIG',
      `git ${version} is too old: Optio needs git ${MINIMUM_GIT} or newer. Update git and start again.`,
    )
  }
  return version
}

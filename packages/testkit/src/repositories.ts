import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { devNull, tmpdir } from 'node:os'
import { dirname, join } from 'node:path'

/** What files become: their content, or null for a file that goes. Paths are relative to the repository. */
export type Changes = Readonly<Record<string, string | null>>

/**
 * An empty directory, by its real path, that is removed at the end.
 *
 * @param name what it is for, seen in its path.
 * @param atEnd takes what is to be done at the end of the tests: `afterAll` of the test runner.
 */
export function temporaryDirectory(name: string, atEnd: (remove: () => void) => void): string {
  const directory = realpathSync(mkdtempSync(join(tmpdir(), `optio-${name}-`)))
  atEnd(() => rmSync(directory, { recursive: true, force: true, maxRetries: 5 }))
  return directory
}

/**
 * Runs git as a person or an agent does: the configuration of the repository counts, that of the machine does not.
 *
 * @returns its output, without white space at the end. Throws for another status than 0.
 */
export function plainGit(cwd: string, ...args: string[]): string {
  return execFileSync('git', args, {
    cwd,
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'pipe'],
    env: {
      PATH: process.env.PATH,
      HOME: '/nonexistent',
      GIT_CONFIG_GLOBAL: devNull,
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_AUTHOR_NAME: 'Ada',
      GIT_AUTHOR_EMAIL: 'ada@example.org',
      GIT_COMMITTER_NAME: 'Ada',
      GIT_COMMITTER_EMAIL: 'ada@example.org',
    },
  }).trimEnd()
}

/** Commits everything in a working tree, after these changes; also nothing. Answers the commit. */
export function commitChanges(directory: string, message: string, changes: Changes): string {
  for (const [file, content] of Object.entries(changes)) {
    const path = join(directory, file)
    mkdirSync(dirname(path), { recursive: true })
    if (content === null) rmSync(path)
    else writeFileSync(path, content)
  }
  plainGit(directory, 'add', '--all')
  plainGit(directory, 'commit', '--quiet', '--allow-empty', '-m', message)
  return plainGit(directory, 'rev-parse', 'HEAD')
}

/** The same with one file, which the message names: `change "sum.js"`. */
export function commit(directory: string, file: string, content: string | null): string {
  return commitChanges(directory, `change ${JSON.stringify(file)}`, { [file]: content })
}

/** Makes a repository with a working tree, whose `main` has one commit with three lines in `README`. Answers its path. */
export function makeRepository(path: string): string {
  mkdirSync(path, { recursive: true })
  plainGit(path, 'init', '--quiet', '--initial-branch=main')
  commit(path, 'README', 'one\ntwo\nthree\n')
  return path
}

/** Makes a bare clone beside a repository; answers its path. */
export function bareClone(path: string): string {
  plainGit(dirname(path), 'clone', '--quiet', '--bare', path, `${path}.git`)
  return `${path}.git`
}

import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'

/**
 * A git repository with some files and one commit. To be removed by the caller.
 * @param {number} [files]
 */
export function makeRepository(files = 50) {
  const directory = mkdtempSync(path.join(tmpdir(), 'optio-bench-repository-'))
  for (let n = 0; n < files; n++) {
    const folder = path.join(directory, `part-${n % 5}`)
    mkdirSync(folder, { recursive: true })
    writeFileSync(path.join(folder, `file-${n}.txt`), `Line of file ${n}.\n`.repeat(40))
  }
  const git = (/** @type {string[]} */ ...args) =>
    execFileSync('git', ['-c', 'user.name=Bench', '-c', 'user.email=bench@example.invalid', ...args], {
      cwd: directory,
      stdio: 'ignore',
    })
  git('init', '--initial-branch=main')
  git('add', '.')
  git('commit', '-m', 'Begin')
  return directory
}

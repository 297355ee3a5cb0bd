import { mkdir, rename, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { git } from './process.ts'

/**
 * Refuses what the server names in the environment: lines of `<ref> <all | force> <reason>`.
 * A hook, so that the answer is git's own, per ref, and the rest of the push goes through.
 */
const UPDATE_HOOK = `#!/bin/sh
ref=$1 old=$2 new=$3
printf '%s\\n' "$FAKE_GITHUB_REFUSED" | while read -r refused rule reason; do
  [ "$refused" = "$ref" ] || continue
  case $rule in
    force)
      case $old in *[!0]*) ;; *) continue ;; esac
      case $new in *[!0]*) git merge-base --is-ancestor "$old" "$new" && continue ;; esac
      ;;
  esac
  printf 'error: GH006: Protected branch update failed for %s.\\nerror: %s\\n' "$ref" "$reason" >&2
  exit 1
done
`

/** An empty bare repository that can be served; a few files are written by hand, since \`git init\` copies templates. */
export async function createBare(gitDir: string, defaultBranch: string): Promise<void> {
  await Promise.all(
    ['objects', 'refs/heads', 'hooks'].map((path) => mkdir(join(gitDir, path), { recursive: true })),
  )
  await Promise.all([
    writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${defaultBranch}\n`),
    writeFile(
      join(gitDir, 'config'),
      `[core]
\trepositoryformatversion = 0
\tfilemode = true
\tbare = true
[http]
\treceivepack = true
[receive]
\tautogc = false
[gc]
\tauto = 0
[transfer]
\thideRefs = refs/hidden
[uploadpack]
\tallowFilter = true
\tallowAnySHA1InWant = true
`,
    ),
    writeFile(join(gitDir, 'hooks', 'update'), UPDATE_HOOK, { mode: 0o755 }),
  ])
}

export async function setDefaultBranch(gitDir: string, branch: string): Promise<void> {
  await writeFile(join(gitDir, 'HEAD'), `ref: refs/heads/${branch}\n`)
}

/** Branches and where they are. */
export async function readBranches(gitDir: string): Promise<Map<string, string>> {
  const lines = await git(gitDir, ['for-each-ref', '--format=%(objectname) %(refname)', 'refs/heads/'])
  return new Map(
    lines
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => {
        const [sha = '', ref = ''] = line.split(' ')
        return [ref.slice('refs/heads/'.length), sha]
      }),
  )
}

export async function updateRef(gitDir: string, ref: string, sha: string, old?: string): Promise<void> {
  await git(gitDir, ['update-ref', ref, sha, ...(old === undefined ? [] : [old])])
}

/** Writes a ref that nobody but the server touches, without a process. */
export async function writePrivateRef(gitDir: string, ref: string, sha: string): Promise<void> {
  const path = join(gitDir, ref)
  await mkdir(dirname(path), { recursive: true })
  await writeFile(`${path}.new`, `${sha}\n`)
  await rename(`${path}.new`, path)
}

export async function deleteRef(gitDir: string, ref: string): Promise<void> {
  await git(gitDir, ['update-ref', '-d', ref])
}

import type { FileChanges } from '../control/repository.ts'
import { git } from './process.ts'

/** Somebody and some time, as commits have them. */
export interface Signature {
  readonly name: string
  readonly email: string
  /** In ms since 1970. */
  readonly at: number
}

export interface WantedCommit {
  readonly branch: string
  /** Null: it has no parent. */
  readonly parent: string | null
  readonly files: FileChanges
  readonly message: string
  readonly author: Signature
}

/** Writes commits of given files onto branches, wherever those were, in one process; answers their ids. */
export async function writeCommits(gitDir: string, commits: readonly WantedCommit[]): Promise<string[]> {
  const stream = commits.flatMap((commit, index) => [...fastImport(commit, index + 1)])
  const output = await git(gitDir, ['fast-import', '--quiet', '--force', '--done', '--date-format=raw'], {
    input: Buffer.concat([...stream, Buffer.from('done\n')]),
  })
  return output.split('\n')
}

/** See git-fast-import(1). */
function* fastImport(
  { branch, parent, files, message, author }: WantedCommit,
  mark: number,
): Generator<Buffer> {
  const who = `${author.name} <${author.email}> ${Math.floor(author.at / 1000)} +0000`
  if (parent === null) yield Buffer.from(`reset refs/heads/${branch}\n`)
  yield Buffer.from(`commit refs/heads/${branch}\nmark :${mark}\nauthor ${who}\ncommitter ${who}\n`)
  yield data(Buffer.from(message))
  if (parent !== null) yield Buffer.from(`from ${parent}\n`)
  for (const [path, change] of Object.entries(files)) {
    const name = JSON.stringify(path)
    if (change === null) {
      yield Buffer.from(`D ${name}\n`)
      continue
    }
    const { content, mode } =
      typeof change === 'string' || Buffer.isBuffer(change) ? { content: change, mode: '100644' } : change
    yield Buffer.from(`M ${mode} inline ${name}\n`)
    yield data(Buffer.from(content))
  }
  yield Buffer.from(`\nget-mark :${mark}\n`)
}

function data(bytes: Buffer): Buffer {
  return Buffer.concat([Buffer.from(`data ${bytes.length}\n`), bytes, Buffer.from('\n')])
}

/** A commit of a tree; no branch moves. */
export async function commitTree(
  gitDir: string,
  tree: string,
  parents: readonly string[],
  message: string,
  author: Signature,
  committer: Signature = author,
): Promise<string> {
  return await git(gitDir, ['commit-tree', tree, ...parents.flatMap((parent) => ['-p', parent]), '-F', '-'], {
    input: message,
    env: {
      GIT_AUTHOR_NAME: author.name,
      GIT_AUTHOR_EMAIL: author.email,
      GIT_AUTHOR_DATE: `${Math.floor(author.at / 1000)} +0000`,
      GIT_COMMITTER_NAME: committer.name,
      GIT_COMMITTER_EMAIL: committer.email,
      GIT_COMMITTER_DATE: `${Math.floor(committer.at / 1000)} +0000`,
    },
  })
}

import { git, gitBytes, gitOrNull } from './process.ts'

export interface TreeEntry {
  readonly mode: string
  readonly type: 'blob' | 'tree' | 'commit'
  readonly sha: string
  /** Of a blob, in bytes. */
  readonly size: number | null
  /** From the top of the tree that was asked for. */
  readonly path: string
}

/** Entries of a tree (or of a commit's), with those below when `recursive`; null when there is no such tree. */
export async function readTree(
  gitDir: string,
  treeish: string,
  recursive: boolean,
): Promise<TreeEntry[] | null> {
  const output = await gitOrNull(gitDir, ['ls-tree', '-z', '-l', ...(recursive ? ['-r', '-t'] : []), treeish])
  if (output === null) return null
  return output
    .split('\0')
    .filter((line) => line !== '')
    .map((line) => {
      const [head = '', path = ''] = line.split('\t')
      const [mode = '', type = '', sha = '', size = '-'] = head.split(/ +/)
      return { mode, type: type as TreeEntry['type'], sha, size: size === '-' ? null : Number(size), path }
    })
}

/** The id of what a path leads to at a revision; null when there is nothing. */
export async function resolvePath(gitDir: string, revision: string, path: string): Promise<string | null> {
  const spec = path === '' ? `${revision}^{tree}` : `${revision}:${path}`
  return await gitOrNull(gitDir, ['rev-parse', '--verify', '--quiet', '--end-of-options', spec])
}

export async function typeOf(gitDir: string, sha: string): Promise<string | null> {
  return await gitOrNull(gitDir, ['cat-file', '-t', sha])
}

export async function readBlob(gitDir: string, sha: string): Promise<Buffer> {
  return await gitBytes(gitDir, ['cat-file', 'blob', sha])
}

/** A file as text; null when there is none. */
export async function readFileAt(gitDir: string, revision: string, path: string): Promise<string | null> {
  const sha = await resolvePath(gitDir, revision, path)
  if (sha === null || (await typeOf(gitDir, sha)) !== 'blob') return null
  return (await readBlob(gitDir, sha)).toString('utf8')
}

/** Whether there is a commit of that id. */
export async function hasCommit(gitDir: string, sha: string): Promise<boolean> {
  if (!/^[0-9a-f]{40}$/.test(sha)) return false
  return (await gitOrNull(gitDir, ['cat-file', '-e', `${sha}^{commit}`])) !== null
}

/** Tree of a commit. */
export async function treeOf(gitDir: string, commit: string): Promise<string> {
  return await git(gitDir, ['rev-parse', `${commit}^{tree}`])
}

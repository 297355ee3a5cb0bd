import { git, resolveCommit } from '@optio/git'
import type { RepositoryRef } from '../forge.ts'
import { inMirror } from '../from-mirror/changes.ts'
import type { GithubContext } from './context.ts'

/** A larger one is none. */
const MAX_BYTES = 64 * 1024

/** Where GitHub looks, in this order. */
const PLACES = ['.github/', '', 'docs/'] as const
const NAME = 'pull_request_template'
/** Of a directory of templates, the ones that mean "unless another is chosen". */
const DEFAULTS = ['default', NAME, 'pull_request'] as const

/**
 * The template for texts of pull requests, from the default branch as the mirror has it; null when there is none. Names are compared
 * without regard to case, as GitHub does. Of a directory of several it is the default one, or the only one.
 */
export async function pullRequestTemplate(
  { mirror }: GithubContext,
  repository: RepositoryRef,
): Promise<string | null> {
  const { mirrorDir, defaultBranch } = repository
  const ref = `refs/heads/${defaultBranch}`
  let sha = await resolveCommit(mirrorDir, ref).catch(() => null)
  if (sha === null) {
    await mirror.refresh(repository)
    sha = await resolveCommit(mirrorDir, ref)
  }
  if (sha === null) return null
  const files = await templatesAt(mirrorDir, sha)
  for (const place of PLACES) {
    const chosen = choose(files, place)
    if (chosen === null) continue
    const { stdout } = await git(['cat-file', 'blob', chosen.id], inMirror(mirrorDir))
    const text = stdout.toString('utf8').replace(/\r\n?/g, '\n')
    if (text.trim() !== '') return text
  }
  return null
}

interface File {
  /** In lower case. */
  readonly path: string
  readonly id: string
}

/** Directories that may hold one, in lower case. */
const DIRECTORIES: readonly string[] = ['.github', 'docs', NAME]

/** Files that may be one. Only plain files: a link may lead anywhere. */
async function templatesAt(mirrorDir: string, sha: string): Promise<File[]> {
  const top = await entriesOf(mirrorDir, sha, [])
  const found = top.filter(({ type }) => type === 'blob')
  for (const { path, id, type } of top) {
    if (type !== 'tree' || !DIRECTORIES.includes(path)) continue
    const below = await entriesOf(mirrorDir, id, ['-r'])
    found.push(...below.map((file) => ({ ...file, path: `${path}/${file.path}` })))
  }
  return found.filter(
    ({ mode, size, path }) => mode.startsWith('100') && size <= MAX_BYTES && path.includes(NAME),
  )
}

async function entriesOf(mirrorDir: string, tree: string, flags: readonly string[]) {
  const args = ['ls-tree', ...flags, '-z', '--long', '--full-tree', '--end-of-options', tree]
  const list = await git(args, inMirror(mirrorDir))
  return list.stdout
    .toString('utf8')
    .split('\0')
    .filter((line) => line.includes('\t'))
    .map((line) => {
      // `<mode> <type> <id> <size>TAB<path>`
      const tab = line.indexOf('\t')
      const [mode = '', type = '', id = '', size = ''] = line.slice(0, tab).split(/ +/)
      return { path: line.slice(tab + 1).toLowerCase(), mode, type, id, size: Number(size) || 0 }
    })
}

function choose(files: readonly File[], place: string): File | null {
  const single = files.find(({ path }) => isNamed(path, `${place}${NAME}`))
  if (single !== undefined) return single
  const directory = `${place}${NAME}/`
  const several = files.filter(
    ({ path }) =>
      path.startsWith(directory) && /^[^/]+\.(md|txt|markdown)$/.test(path.slice(directory.length)),
  )
  const preferred = several.find(({ path }) => DEFAULTS.some((name) => isNamed(path, `${directory}${name}`)))
  return preferred ?? (several.length === 1 ? (several[0] ?? null) : null)
}

function isNamed(path: string, name: string): boolean {
  return path === name || [`${name}.md`, `${name}.txt`, `${name}.markdown`].includes(path)
}

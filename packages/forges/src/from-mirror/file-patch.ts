import { git, gitText } from '@optio/git'
import type { FilePatch } from '../forge.ts'
import { inMirror, PLAIN_DIFF, type RawChange, rawChanges, readableTrees } from './changes.ts'
import { hunks, PATCH_LIMITS } from './patches.ts'

const SUBMODULE = '160000'

/** The patch of one file, however large the rest of the proposal is; null when it does not change such a file. */
export async function filePatchOf(
  mirrorDir: string,
  { baseSha, headSha }: { readonly baseSha: string; readonly headSha: string },
  path: string,
): Promise<FilePatch | null> {
  const trees = await readableTrees(mirrorDir, baseSha, headSha)
  if (trees === null) return null
  const change = (await rawChanges(mirrorDir, trees)).find((each) => each.path === path)
  return change === undefined ? null : { path, ...(await patchOf(mirrorDir, change)) }
}

/**
 * Made from the two contents rather than by naming the path to git: a name may be one that no argument can hold, or that of
 * a directory as well.
 */
async function patchOf(
  mirrorDir: string,
  { before, after, isOtherKind }: RawChange,
): Promise<Pick<FilePatch, 'patch' | 'patchOmitted'>> {
  const [from, to] = [await contentOf(mirrorDir, before), await contentOf(mirrorDir, after)]
  const empty = isOtherKind ? await contentOf(mirrorDir, { mode: '000000', id: '' }) : ''
  const pairs: [string, string][] = isOtherKind
    ? [
        [from, empty],
        [empty, to],
      ]
    : [[from, to]]
  let patch = ''
  for (const [a, b] of pairs) {
    const { stdout, truncated } = await git(['diff', ...PLAIN_DIFF, '--end-of-options', a, b], {
      ...inMirror(mirrorDir),
      maxOutputBytes: PATCH_LIMITS.singly,
      onOutputLimit: 'cut',
    })
    const section = stdout.toString('utf8')
    if (truncated) return { patch: null, patchOmitted: 'too_large' }
    const own = hunks(section)
    // Contents that differ have a hunk, unless git says in words that they are binary.
    if (own === '' && a !== b && section.includes('\nBinary files ')) {
      return { patch: null, patchOmitted: 'binary' }
    }
    patch += own
  }
  return { patch, patchOmitted: null }
}

/** Id of the content of one side: that of no file is empty, that of a submodule says which commit it is at. */
async function contentOf(
  mirrorDir: string,
  { mode, id }: { readonly mode: string; readonly id: string },
): Promise<string> {
  const text = mode === SUBMODULE ? `Subproject commit ${id}\n` : mode === '000000' ? '' : null
  if (text === null) return id
  return await gitText(['hash-object', '-w', '--stdin'], { ...inMirror(mirrorDir), stdin: text })
}

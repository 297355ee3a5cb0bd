import { git } from '@optio/git'
import type { RootFiles } from '../forge.ts'
import { inMirror } from './changes.ts'

/** Files larger than this are as if they had no content. */
const MAX_BYTES = 256 * 1024

/** Names at the top of a commit and what is in some of them. Reads objects of the mirror: nothing is checked out or run. */
export async function rootFilesAt(
  mirrorDir: string,
  sha: string,
  wanted: readonly string[],
): Promise<RootFiles> {
  const own = inMirror(mirrorDir)
  const list = await git(['ls-tree', '-z', '--long', '--full-tree', '--end-of-options', sha], own)
  const names: string[] = []
  const texts = new Map<string, string>()
  for (const line of list.stdout.toString('utf8').split('\0')) {
    // `<mode> <type> <id> <size>TAB<name>`
    const [facts = '', name = ''] = line.split('\t', 2)
    const [mode, , id = '', size = ''] = facts.split(/ +/)
    if (name === '') continue
    names.push(name)
    const isFile = mode === '100644' || mode === '100755'
    if (!isFile || !wanted.includes(name) || Number(size) > MAX_BYTES) continue
    const content = await git(['cat-file', 'blob', id], own)
    texts.set(name, content.stdout.toString('utf8'))
  }
  return { names, texts }
}

import { lstat, mkdir, opendir, rm, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ownName, removeAbandoned } from '@optio/git'
import { UnreadableClone } from './clone-refs.ts'

/**
 * A git directory of ours through which a clone's objects can be read. An agent has had the clone, so nothing of it is
 * trusted: its configuration, hooks, attributes, grafts, replacements, shallow marks, alternates, commit graph and bitmaps
 * are not part of the view at all. What is left are objects, which git verifies by name when it fetches them.
 * History the clone lacks (a shallow one) is looked up in the mirror.
 */
export interface CloneView {
  readonly gitDir: string
  dispose(): Promise<void>
}

/** Opens a view; `refs` become its branches. Throws `UnreadableClone` when the clone's git directory is not what it should be. */
export async function openCloneView(request: {
  readonly clone: string
  readonly mirrorDir: string
  readonly scratch: string
  readonly refs: Readonly<Record<string, string>>
  /** Commit of HEAD, for commands that need one. */
  readonly head?: string
}): Promise<CloneView> {
  const objects = join(await cloneGitDir(request.clone), 'objects')
  const parts = await objectDirectories(objects)
  await mkdir(request.scratch, { recursive: true, mode: 0o700 })
  await removeAbandoned(request.scratch, 'view-')
  const gitDir = join(request.scratch, ownName('view-'))
  const dispose = () => rm(gitDir, { recursive: true, force: true })
  try {
    await mkdir(join(gitDir, 'objects', 'info'), { recursive: true, mode: 0o700 })
    await mkdir(join(gitDir, 'refs', 'heads'), { recursive: true })
    await writeFile(join(gitDir, 'HEAD'), `${request.head ?? 'ref: refs/heads/none'}\n`)
    const format = Object.values(request.refs).concat(request.head ?? [])
    await writeFile(join(gitDir, 'config'), viewConfig(format.some((sha) => sha.length === 64)))
    await writeFile(join(gitDir, 'objects', 'info', 'alternates'), `${join(request.mirrorDir, 'objects')}\n`)
    for (const part of parts) await symlink(join(objects, part), join(gitDir, 'objects', part))
    for (const [name, sha] of Object.entries(request.refs)) {
      await writeFile(join(gitDir, 'refs', 'heads', name), `${sha}\n`)
    }
  } catch (error) {
    await dispose()
    throw error
  }
  return { gitDir, dispose }
}

/** The clone's own git directory; a link or a gitfile that leads elsewhere is not followed. Throws `UnreadableClone`. */
export async function cloneGitDir(clone: string): Promise<string> {
  await mustBeDirectory(clone, 'the clone')
  const gitDir = join(clone, '.git')
  await mustBeDirectory(gitDir, 'its .git')
  return gitDir
}

async function mustBeDirectory(path: string, what: string): Promise<void> {
  const facts = await lstat(path).catch(() => null)
  if (facts === null) throw new UnreadableClone(`${what} is gone`)
  if (!facts.isDirectory()) throw new UnreadableClone(`${what} is no directory any more`)
}

/**
 * The fan-out directories and `pack` of an object store. A link in place of an object would make Optio read, on behalf of
 * an agent, what the agent itself may not see; a named pipe would make it wait.
 */
async function objectDirectories(objects: string): Promise<string[]> {
  await mustBeDirectory(objects, 'its object store')
  const parts: string[] = []
  for await (const entry of await opendir(objects)) {
    if (entry.name !== 'pack' && !/^[0-9a-f]{2}$/.test(entry.name)) continue
    if (!entry.isDirectory()) throw new UnreadableClone(`its objects/${entry.name} is no directory`)
    parts.push(entry.name)
    for await (const object of await opendir(join(objects, entry.name))) {
      // Directories are git's own business there (`multi-pack-index.d`); it never takes one for an object.
      if (!object.isFile() && !object.isDirectory()) {
        throw new UnreadableClone(`its objects/${entry.name} holds something that is no regular file`)
      }
    }
  }
  return parts
}

function viewConfig(sha256: boolean): string {
  return [
    '[core]',
    `  repositoryformatversion = ${sha256 ? 1 : 0}`,
    '  bare = false',
    '  multiPackIndex = false',
    '  commitGraph = false',
    '[pack]',
    '  useBitmaps = false',
    ...(sha256 ? ['[extensions]', '  objectFormat = sha256'] : []),
    '',
  ].join('\n')
}

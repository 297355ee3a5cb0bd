import { realpath, stat } from 'node:fs/promises'
import { isAbsolute, join, relative } from 'node:path'
import { fileURLToPath } from 'node:url'
import { OptioError } from '@optio/contract'

/**
 * The directory a `repoUrl` names, symbolic links resolved. Understands an absolute path and a `file://` URL; anything else,
 * above all git's `ext::` and other transports, is refused in words. Nothing is executed.
 */
export async function locate(repoUrl: string, forbidden: readonly string[]): Promise<string> {
  const path = pathOf(repoUrl)
  const real = await realpath(path).catch((error: NodeJS.ErrnoException) => {
    throw unreachable(path, error)
  })
  const facts = await stat(real).catch((error: NodeJS.ErrnoException) => {
    throw unreachable(path, error)
  })
  if (!facts.isDirectory()) {
    throw new OptioError('REPO_NOT_GIT', `${path} is a file. Give the directory of a git repository.`)
  }
  for (const directory of forbidden) {
    const own = await realpath(directory).catch(() => null)
    if (own !== null && isInside(real, own)) {
      throw new OptioError(
        'UNSUPPORTED',
        `${path} lies in a directory that Optio keeps for itself. Give the repository it was made from.`,
      )
    }
  }
  return real
}

function pathOf(repoUrl: string): string {
  if (repoUrl.includes('\0')) {
    throw new OptioError('VALIDATION', 'The address of the repository contains a NUL character.')
  }
  if (/^file:/i.test(repoUrl)) {
    try {
      return fileURLToPath(repoUrl)
    } catch (cause) {
      throw new OptioError(
        'REPO_NOT_FOUND_ON_DISK',
        `${repoUrl} is no usable file URL. Write it as file:///absolute/path.`,
        { cause },
      )
    }
  }
  if (isAbsolute(repoUrl)) return repoUrl
  if (/^[A-Za-z][A-Za-z0-9+.-]*:|^[^/]+@[^/]+:/.test(repoUrl)) {
    throw new OptioError(
      'UNSUPPORTED',
      'A local repository is given as an absolute path or as a file:// URL; other addresses are not understood here.',
    )
  }
  throw new OptioError(
    'REPO_NOT_FOUND_ON_DISK',
    `${JSON.stringify(repoUrl)} is no absolute path. Give the whole path of the repository, from / on.`,
  )
}

function unreachable(path: string, error: NodeJS.ErrnoException): OptioError {
  if (error.code === 'EACCES' || error.code === 'EPERM') {
    return new OptioError(
      'REPO_NOT_ACCESSIBLE',
      `${path} cannot be entered by the user that runs Optio. Give that user read access.`,
      { cause: error },
    )
  }
  if (error.code === 'ELOOP') {
    return new OptioError('REPO_NOT_FOUND_ON_DISK', `${path} leads in a circle of symbolic links.`, {
      cause: error,
    })
  }
  return new OptioError('REPO_NOT_FOUND_ON_DISK', `There is nothing at ${path}. Check the path.`, {
    cause: error,
  })
}

function isInside(path: string, directory: string): boolean {
  const way = relative(directory, path)
  return way === '' || (!way.startsWith('..') && !isAbsolute(way))
}

/** Git directory of a connected repository: `<top>/.git`, or the top itself when it is bare. */
export async function upstreamGitDir(repoUrl: string): Promise<string> {
  const inner = join(repoUrl, '.git')
  const isWorkTree = await stat(inner).then(
    (facts) => facts.isDirectory(),
    () => false,
  )
  return isWorkTree ? inner : repoUrl
}

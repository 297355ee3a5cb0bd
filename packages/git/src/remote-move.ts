import { GitError } from './failure.ts'
import type { Remote } from './remote.ts'

const TIMEOUT_MS = 20_000
const ASK = '/info/refs?service=git-upload-pack'

/**
 * Runs something with a remote, and once more where the server says that the repository is now: one that was renamed or transferred.
 * git itself is not let follow, because it would take the credential along to whatever server a redirect names; here only an
 * address of the same server counts.
 */
export async function followingMove<T>(remote: Remote, run: (remote: Remote) => Promise<T>): Promise<T> {
  try {
    return await run(remote)
  } catch (error) {
    if (!(error instanceof GitError) || !/requested URL returned error: 30[1278]/.test(error.stderr))
      throw error
    const url = await newAddress(remote).catch(() => null)
    if (url === null) throw error
    return await run({ ...remote, url })
  }
}

/** Null when it leads to another server, or nowhere. */
async function newAddress({ url, authorization }: Remote): Promise<string | null> {
  let current = url
  for (let hop = 0; hop < 4; hop++) {
    const response = await fetch(`${current}${ASK}`, {
      headers: authorization === null ? {} : { authorization },
      redirect: 'manual',
      signal: AbortSignal.timeout(TIMEOUT_MS),
    })
    await response.body?.cancel()
    const location = response.headers.get('location')
    if (response.status < 300 || response.status >= 400 || location === null)
      return hop === 0 ? null : current
    const target = new URL(location, current)
    if (target.origin !== new URL(url).origin || !target.pathname.endsWith('/info/refs')) return null
    current = `${target.origin}${target.pathname.slice(0, -'/info/refs'.length)}`
  }
  return null
}

import { nullIfUnreadable } from '../../secrets/unreadable.ts'
import type { SecretService } from '../secrets/service.ts'

/** Deliveries come by the dozen; secrets are told of when they change, and this is for a notice that was lost. In milliseconds. */
const FRESH_MS = 5_000

/** What deliveries may be signed with. */
export interface SigningSecrets {
  /** Every one in the installation, those that hold for most repositories first. */
  all(): Promise<readonly string[]>
  /** The one that holds for a repository: nothing else signs for it. Null when there is none, or it cannot be decrypted. */
  of(workspaceId: string, repositoryId: string): Promise<string | null>
}

/** Reads them when they changed, and every few seconds. */
export function createSigningSecrets(
  secrets: Pick<SecretService, 'resolve' | 'candidates' | 'onChange'>,
  name: string,
): SigningSecrets {
  let since = performance.now()
  const known = new Map<string, Promise<unknown>>()
  secrets.onChange((change) => {
    if (change === null || change.name === name) known.clear()
  })
  const remembered = async <T>(key: string, read: () => Promise<T>): Promise<T> => {
    const now = performance.now()
    if (now - since >= FRESH_MS) {
      since = now
      known.clear()
    }
    const reading = (known.get(key) as Promise<T> | undefined) ?? read()
    known.set(key, reading)
    reading.catch(() => {
      if (known.get(key) === reading) known.delete(key)
    })
    return await reading
  }
  return {
    all: () =>
      remembered('all', async () => {
        const found = await secrets.candidates(name)
        return [...new Set(found.map(({ value }) => value))]
      }),
    of: (workspaceId, repositoryId) =>
      remembered(`${workspaceId} ${repositoryId}`, async () => {
        const found = await secrets.resolve(workspaceId, name, { repositoryId }).catch(nullIfUnreadable)
        return found?.value ?? null
      }),
  }
}

import type { ForgeLimit } from '../../forge.ts'
import { NoAnswer } from '../../no-answer.ts'
import { type CredentialFor, credentialKeyOf, type GithubCredential } from '../credential.ts'
import type { About } from './client.ts'
import { createLanes, type Lanes } from './lanes.ts'
import { createLimits, type Limits } from './limits.ts'

/** Requests of one credential under way at a time. */
const AT_ONCE = 8
/** Credentials remembered; more than that come only from ones that were replaced. */
const MAX_ACCOUNTS = 100

/** A credential, and what is known of it. */
export interface Account {
  readonly key: string
  readonly credential: GithubCredential
  readonly limits: Limits
  readonly lanes: Lanes
  /** Whose it is, once that was asked; a name of null is nobody's. */
  login: { readonly name: string | null; readonly at: number } | null
}

export interface Accounts {
  /** Throws `NoAnswer` (`credential`) when there is none. */
  of(about: About): Promise<Account>
  limits(): readonly ForgeLimit[]
}

export function createAccounts(options: {
  readonly credentialFor: CredentialFor
  readonly reserve: number
  readonly writeGapMs: number
  readonly now: () => number
}): Accounts {
  const { credentialFor, reserve, writeGapMs, now } = options
  const known = new Map<string, Account>()
  return {
    of: async (about) => {
      const credential = await credentialFor(about)
      if (credential === null) {
        throw new NoAnswer(
          'credential',
          'There is no credential for GitHub. Save a token as the secret GITHUB_TOKEN (Settings → Secrets).',
        )
      }
      const key = credentialKeyOf(credential.token)
      const found = known.get(key)
      if (found !== undefined)
        return found.credential.source === credential.source ? found : { ...found, credential }
      const account: Account = {
        key,
        credential,
        limits: createLimits({ reserve, now }),
        lanes: createLanes({ atOnce: AT_ONCE, writeGapMs, now }),
        login: null,
      }
      known.set(key, account)
      for (const oldest of known.keys()) {
        if (known.size <= MAX_ACCOUNTS) break
        known.delete(oldest)
      }
      return account
    },
    limits: () => [...known.values()].flatMap(({ key, limits, login }) => limits.shown(login?.name ?? key)),
  }
}

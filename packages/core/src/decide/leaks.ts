import type { Decision } from '../decision.ts'
import type { CredentialLeak, Snapshot } from '../snapshot.ts'
import { listed } from '../text.ts'
import { askPerson } from './build.ts'

/** Code with which publishing is refused, and of the attention it then needs. */
export const SECRET_IN_CHANGES = 'secret_in_changes'

/** What is said of credentials in what was to be published: which, and where; never their value. */
export function leakWords(leaks: readonly CredentialLeak[]): string {
  const found = leaks.map(({ credential, where }) => `${credential} is in ${where}`)
  return `The agent has committed a secret, so nothing was published: ${listed(found, 3, 300)}.`
}

export function secretInChanges(s: Snapshot, message: string): Decision {
  return askPerson(s, SECRET_IN_CHANGES, message)
}

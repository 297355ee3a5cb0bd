import { OptioError } from '@optio/contract'
import type { MasterKeys } from './master-key.ts'

/** What is to be done when the keys are not those that secrets were encrypted with. */
export function keyMissing({ place, keys }: Pick<MasterKeys, 'place' | 'keys'>): OptioError {
  const what =
    keys.length === 0
      ? `The encryption key ${place} is missing.`
      : `The key in ${place} is not the one secrets were encrypted with.`
  return new OptioError(
    'SECRET_UNREADABLE',
    `${what} Put the right one back. If it is lost for good, run \`optio secrets rotate-key\` and save the secrets again.`,
  )
}

/** One row that cannot be decrypted although its key is there. */
export function rowChanged(name: string): OptioError {
  return new OptioError(
    'SECRET_UNREADABLE',
    `The secret ${name} cannot be decrypted: its row was changed or moved. Save it again.`,
  )
}

/** Null for what cannot be decrypted; any other error is thrown again. */
export function nullIfUnreadable(error: unknown): null {
  if (error instanceof OptioError && error.code === 'SECRET_UNREADABLE') return null
  throw error
}

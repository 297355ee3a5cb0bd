import { OptioError } from '@optio/contract'
import { NoAnswer } from '@optio/forges'
import { explainDatabaseError } from '../database/errors.ts'

/**
 * Asks a forge. What a person can mend passes through; anything else means that the forge gave no answer, which is said as
 * UNAVAILABLE (503) and never taken for a negative answer.
 */
export async function askForge<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (error instanceof NoAnswer) {
      const code = error.reason === 'replaced' ? 'REPO_REPLACED' : 'UNAVAILABLE'
      throw new OptioError(code, `${error.message}`, { cause: error })
    }
    const known = explainDatabaseError(error)
    if (known !== null && known.status !== 500) throw known
    const words = known === null ? 'an unexpected error, which the log describes' : known.message
    throw new OptioError(
      'UNAVAILABLE',
      `The repository gives no answer at the moment: ${words}. Try again shortly.`,
      { cause: error },
    )
  }
}

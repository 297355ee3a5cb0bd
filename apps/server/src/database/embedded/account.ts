import { stat } from 'node:fs/promises'
import { OptioError } from '@optio/contract'
import { type Account, accountNamed } from '../../platform/account.ts'

/**
 * The account the server runs as; null is our own. Postgres refuses to run as root, so root gives its rights up: to whoever owns
 * the cluster already, else to a user made for this, else to Debian's and others' `postgres`, else to `nobody`.
 */
export async function serverAccount(cluster: string): Promise<Account | null> {
  const owner = await stat(cluster).then(
    (found) => ({ uid: found.uid, gid: found.gid, name: `uid ${found.uid}` }),
    () => null,
  )
  const own = process.getuid?.() ?? 0
  if (own !== 0) {
    if (owner !== null && owner.uid !== own) {
      throw new OptioError(
        'DATABASE_START',
        `The database in ${cluster} belongs to uid ${owner.uid}, but Optio runs as uid ${own}. Start Optio as that user, or choose another OPTIO_DATA_DIR.`,
      )
    }
    return null
  }
  if (owner !== null && owner.uid !== 0) return owner
  for (const name of ['optio', 'postgres', 'nobody']) {
    const account = await accountNamed(name)
    if (account !== null && account.uid !== 0) return account
  }
  throw new OptioError(
    'DATABASE_START',
    'Postgres does not run as root, and this machine has none of the users optio, postgres or nobody to run it as. Create one (`useradd --system optio`), start Optio as an ordinary user, or set DATABASE_URL.',
  )
}

import type { RepositoryRow, RunRow } from '../../read-run.ts'
import type { WorkPlace } from '../supervised.ts'
import { emptyDirectory } from './empty-directory.ts'
import { repositoryClone } from './repository-clone.ts'
import { reviewCheckout } from './review-checkout.ts'

/** Where the attempts of a run work. */
export function placeOf(run: RunRow, repository: RepositoryRow | null): WorkPlace {
  if (run.kind === 'standalone') return emptyDirectory(run)
  if (repository === null) throw new Error(`run ${run.id} has no repository`)
  return run.kind === 'review' ? reviewCheckout(run, repository) : repositoryClone(run, repository)
}

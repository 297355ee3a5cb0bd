import type { Repo } from '@optio/contract'
import type { FakeRepository } from '@optio/testkit/github'
import { healWatches } from '../../../src/engine/watch/rows.ts'
import { until } from '../../engine/support/engine-place.ts'
import type { TestOptio } from './optio.ts'

/** A task that waits for a person, and its open pull request on GitHub. */
export interface WatchedPullRequest {
  readonly runId: string
  readonly number: number
  readonly branch: string
  /** Its run as it is stored. */
  run(): Promise<{ state: string; version: number; observation: { state: string; headSha: string } | null }>
  /** Resolves when Optio knows it in this state. */
  seen(state: 'open' | 'merged' | 'closed', headSha?: string): Promise<void>
  /** It is not looked at before a day has passed, unless somebody asks for it. */
  rest(): Promise<void>
}

let count = 0

export async function watchedPullRequest(
  optio: TestOptio,
  repo: Repo,
  there: FakeRepository,
): Promise<WatchedPullRequest> {
  count += 1
  const branch = `optio/task-${count}`
  await there.commit({ branch, files: { [`file-${count}.txt`]: 'new' }, by: 'optio-bot' })
  const { number, head } = await there.openPullRequest({ title: 'A change', head: branch, by: 'optio-bot' })
  const { id: runId } = await optio.task(repo)
  await optio.database.pool.query(
    `update runs set state = 'needs_attention', attention_code = 'no_progress', error_message = 'A person is asked.',
       branch = $2, pr_number = $3, pr_url = 'x', published_sha = $4, version = version + 1 where id = $1`,
    [runId, branch, number, head.sha],
  )
  await healWatches(optio.database.orm)
  const run = async () => {
    const { rows } = await optio.database.pool.query('select * from runs where id = $1', [runId])
    return rows[0]
  }
  const seen: WatchedPullRequest['seen'] = async (state, headSha) => {
    await until(`#${number} is seen ${state}`, async () => {
      const { observation } = await run()
      return observation?.state === state && (headSha === undefined || observation.headSha === headSha)
    })
  }
  const rest = async () => {
    await optio.database.pool.query(
      `update pull_request_watches set due_at = now() + interval '1 day', changed_at = now() - interval '1 day' where run_id = $1`,
      [runId],
    )
  }
  await seen('open', head.sha)
  await rest()
  return { runId, number, branch, run, seen, rest }
}

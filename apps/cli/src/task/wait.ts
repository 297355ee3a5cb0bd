import { setTimeout as sleep } from 'node:timers/promises'
import type { Task } from '@optio/contract'
import { showControls } from '@optio/contract/text'
import type { ApiClient } from '../api.ts'
import type { Cli } from '../cli.ts'
import { CliError } from '../cli-error.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { executed } from './executed.ts'
import { findTaskId } from './find.ts'
import { outcomeOf } from './outcome.ts'

/** Between two looks: the first come quickly, a long wait costs one small request a while. */
const FIRST_LOOK_MS = 200
const LAST_LOOK_MS = 2_000
/** A server that is started again meanwhile is waited for so long. */
const AWAY_MS = 120_000

export async function wait(
  cli: Cli,
  given: string,
  options: { readonly timeout?: number },
): Promise<ExitCode> {
  const client = await cli.client()
  return await awaitOutcome(cli, client, await findTaskId(client, given), options.timeout)
}

/** Waits until the task is finished or a person has to act, says what became of it, and answers the exit code for that. */
export async function awaitOutcome(
  cli: Cli,
  client: ApiClient,
  id: string,
  timeoutMs = Number.POSITIVE_INFINITY,
): Promise<ExitCode> {
  const until = Date.now() + timeoutMs
  let pause = FIRST_LOOK_MS
  let lastAnswer = Date.now()
  for (;;) {
    const detail = await client.tasks.get({ params: { id } }).then(executed, (error: unknown) => {
      const away = error instanceof CliError && error.exitCode === EXIT.UNREACHABLE
      if (!away || Date.now() - lastAnswer > AWAY_MS) throw error
      return null
    })
    if (detail !== null) {
      lastAnswer = Date.now()
      const outcome = outcomeOf(detail.task)
      if (outcome !== null) {
        if (cli.json) await printJson(cli, detail)
        else await note(cli, conclusion(detail))
        return outcome
      }
    }
    if (Date.now() >= until) {
      throw new CliError(
        EXIT.TIMED_OUT,
        'TIMED_OUT',
        `The task is not finished yet${detail ? `: it is ${detail.task.state}` : ''}. It goes on without you.`,
      )
    }
    await sleep(Math.min(pause, Math.max(1, until - Date.now())), undefined, { signal: cli.signal }).catch(
      () => undefined,
    )
    if (cli.signal.aborted)
      throw new CliError(EXIT.INTERRUPTED, 'INTERRUPTED', 'Interrupted; the task goes on.')
    pause = Math.min(pause * 1.3, LAST_LOOK_MS)
  }
}

function conclusion({
  task,
  pendingReason,
}: {
  readonly task: Task
  readonly pendingReason: string | null
}): string {
  const more = pendingReason ?? task.errorMessage ?? task.resultSummary
  return showControls(`${task.state}${more ? `: ${more}` : ''}`)
}

import type { FeatureJobs } from '../../engine/context.ts'
import { carryOutFiring, type TicketDeps, type WaitingFiring } from '../triggers/tickets/carry-out-firing.ts'
import { actOnLabel, type LabelDeps, type LabelledIssue } from './labels.ts'
import { LABEL_JOB, remindOfTickets, SYNC_JOB, TICKET_JOB } from './sync/jobs.ts'
import { healReadings } from './sync/progress.ts'
import { type ReadDeps, readIssues } from './sync/read-issues.ts'

/** Platforms whose repositories have issues. */
const PLATFORMS = ['github'] as const

/** What is done about issues without anybody asking: reading them, acting on labels, starting runs for tickets. */
export function createIssueJobs(deps: ReadDeps & LabelDeps & TicketDeps): FeatureJobs {
  return {
    tasks: {
      [SYNC_JOB]: async (payload, { abortSignal }) => {
        await readIssues(deps, (payload as { repositoryId: string }).repositoryId, abortSignal)
      },
      [LABEL_JOB]: (payload) => actOnLabel(deps, payload as LabelledIssue),
      [TICKET_JOB]: (payload) => carryOutFiring(deps, payload as WaitingFiring),
    },
    async sweep() {
      await healReadings(deps.database, PLATFORMS)
      await remindOfTickets(deps.database.orm)
    },
  }
}

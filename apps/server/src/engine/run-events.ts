import type { NewEvent } from '../features/events/append.ts'
import type { RunRow } from './read-run.ts'

type About = Pick<RunRow, 'id' | 'workspaceId' | 'kind' | 'blueprintId'>

/**
 * An event about a run as it is told. What happens to a run of a saved standalone task is told as `run:…` and names both;
 * everything else is told as `task:…`.
 */
export function eventOf(run: About, event: Omit<NewEvent, 'workspaceId' | 'runId'>): NewEvent {
  const about = { ...event, workspaceId: run.workspaceId, runId: run.id }
  if (run.kind !== 'standalone') return about
  return {
    ...about,
    type: event.type.replace(/^task:/, 'run:'),
    data: { ...event.data, runId: run.id, definitionId: run.blueprintId },
  }
}

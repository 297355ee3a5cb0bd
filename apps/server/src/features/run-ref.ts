import type { RunRef } from '../engine/engine.ts'
import type { Identity } from '../http/authorize.ts'

/** The run a request with `:id` is about: in the workspace of whoever asks, so that another one's is not found. */
export function runRefOf(given: { identity: Identity; params: { id: string } }): RunRef {
  return { workspaceId: given.identity.workspaceId, runId: given.params.id }
}

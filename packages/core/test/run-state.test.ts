import { isFinished, isLegalTransition, isMachineFault, legalNextStates, RUN_STATES } from '@optio/core'
import { expect, test } from 'vitest'

test('from every unfinished state a run can be cancelled, fail and be completed by a person’s merge', () => {
  for (const state of RUN_STATES.filter((each) => !isFinished(each))) {
    for (const end of ['completed', 'failed', 'cancelled'] as const) {
      expect(isLegalTransition(state, end), `${state} -> ${end}`).toBe(true)
    }
  }
})

test('what is completed is final; what failed or was cancelled can be queued again, and nothing else', () => {
  expect(legalNextStates('completed')).toEqual([])
  expect(legalNextStates('failed')).toEqual(['queued'])
  expect(legalNextStates('cancelled')).toEqual(['queued'])
})

test('an agent is only reached through the queue and its environment', () => {
  for (const state of RUN_STATES) {
    if (state !== 'queued') expect(isLegalTransition(state, 'provisioning')).toBe(false)
    if (state !== 'provisioning') expect(isLegalTransition(state, 'running')).toBe(false)
  }
})

test('a fault of the machine is one that the agent has no part in', () => {
  const ended = { stopReason: null, environmentFault: false }
  expect(isMachineFault({ ...ended, state: 'lost' })).toBe(true)
  expect(isMachineFault({ ...ended, state: 'stopped', stopReason: 'orphaned' })).toBe(true)
  expect(isMachineFault({ ...ended, state: 'failed', environmentFault: true })).toBe(true)
  expect(isMachineFault({ ...ended, state: 'failed' })).toBe(false)
  expect(isMachineFault({ ...ended, state: 'stopped', stopReason: 'deadline' })).toBe(false)
  expect(isMachineFault({ ...ended, state: 'succeeded' })).toBe(false)
})

import { COMMANDS, isFinished, judgeCommand, legalNextStates, legalStatesFor, RUN_STATES } from '@optio/core'
import { describe, expect, test } from 'vitest'

const facts = { state: 'running' as const, intent: null, prNumber: null, held: false, hasLiveAttempt: false }

describe('a person’s command', () => {
  test('is possible in exactly the states the reference names', () => {
    expect(legalStatesFor('retry')).toEqual(['failed', 'cancelled'])
    expect(legalStatesFor('resume')).toEqual(['needs_attention', 'failed'])
    expect(legalStatesFor('forceRestart')).toEqual(['pr_opened', 'needs_attention', 'failed'])
    const unfinished = RUN_STATES.filter((state) => !isFinished(state))
    expect(legalStatesFor('cancel')).toEqual(unfinished)
    expect(legalStatesFor('edit')).toEqual(unfinished)
    expect(legalStatesFor('forceRedo')).toEqual(RUN_STATES.filter((state) => state !== 'completed'))
  })

  test('is refused elsewhere, in words that name the command, the state and the legal states', () => {
    for (const command of COMMANDS) {
      for (const state of RUN_STATES) {
        const verdict = judgeCommand(command, { ...facts, state })
        const legal = legalStatesFor(command)
        expect(verdict.ok).toBe(legal.includes(state))
        if (verdict.ok) continue
        expect(verdict.legal).toEqual(legal)
        expect(verdict.message).toContain(state)
        for (const each of legal) expect(verdict.message).toContain(each)
      }
    }
  })

  test('leads somewhere: from every state it is possible in, the state it brings about is legal', () => {
    for (const command of ['retry', 'resume', 'forceRestart', 'forceRedo'] as const) {
      for (const state of legalStatesFor(command)) {
        if (state !== 'queued') expect(legalNextStates(state), `${command} in ${state}`).toContain('queued')
      }
    }
    for (const state of legalStatesFor('cancel')) expect(legalNextStates(state)).toContain('cancelled')
  })

  test('does not cross a cancel that is under way, and cancel comes before everything', () => {
    const cancelling = { ...facts, state: 'needs_attention' as const, intent: 'cancel' as const }
    for (const command of ['resume', 'forceRestart', 'forceRedo'] as const) {
      expect(judgeCommand(command, cancelling)).toMatchObject({
        ok: false,
        message: expect.stringContaining('cancelled'),
      })
    }
    expect(judgeCommand('cancel', cancelling).ok).toBe(true)
    expect(judgeCommand('cancel', { ...cancelling, intent: 'redo' }).ok).toBe(true)
    expect(judgeCommand('forceRedo', { ...cancelling, intent: 'redo' }).ok).toBe(true)
    expect(judgeCommand('resume', { ...cancelling, intent: 'redo' }).ok).toBe(false)
  })

  test('that would start an agent waits until the one before is gone', () => {
    const stopping = { ...facts, state: 'pr_opened' as const, hasLiveAttempt: true }
    expect(judgeCommand('forceRestart', stopping)).toMatchObject({
      ok: false,
      message: expect.stringContaining('stopped'),
    })
    expect(judgeCommand('forceRedo', stopping).ok).toBe(true)
    expect(judgeCommand('edit', stopping).ok).toBe(true)
  })

  test('run-now starts what is held before it is queued, and nothing else that is not queued', () => {
    const pending = { ...facts, state: 'pending' as const }
    expect(judgeCommand('runNow', { ...pending, held: true })).toEqual({ ok: true })
    expect(judgeCommand('runNow', pending)).toMatchObject({ ok: false, legal: ['queued'] })
    expect(judgeCommand('runNow', { ...facts, held: true })).toMatchObject({
      ok: false,
      legal: ['pending', 'queued'],
    })
    expect(judgeCommand('retry', { ...pending, held: true }).ok).toBe(false)
  })
})

import { COURTESY_EFFECTS, type Decision, type EffectRequest } from '@optio/core'
import { describe, expect, test } from 'vitest'
import { holds, stateAfter } from './support/properties.ts'

describe('what is told to others at the end of a run', () => {
  const effectsOf = ({ action }: Decision): readonly EffectRequest[] =>
    action.type === 'transition' ? (action.effects ?? []) : []

  test('is a courtesy or the close of its own pull request, and only such as its settings ask for', () => {
    const seen = new Set<string>()
    holds(
      (s, decision) => {
        const to = stateAfter(decision)
        for (const each of effectsOf(decision)) {
          seen.add(each.kind)
          if (each.kind !== 'close_pull_request') expect(COURTESY_EFFECTS).toContain(each.kind)
          switch (each.kind) {
            case 'close_pull_request':
              expect([to, s.policy.closeOnCancel, each.prNumber]).toEqual(['cancelled', true, s.run.prNumber])
              break
            case 'delete_branch':
              expect([to, s.policy.deleteBranchOnMerge, each.branch]).toEqual([
                'completed',
                true,
                s.run.branch,
              ])
              if (s.pullRequest.kind !== 'known') throw new Error('deletes what was not seen as merged')
              expect(s.pullRequest.observation).toMatchObject({ state: 'merged', headSha: each.headSha })
              break
            case 'close_issue':
              expect([to, s.policy.closeIssueOnMerge, each.issueNumber]).toEqual([
                'completed',
                true,
                s.run.issueNumber,
              ])
              break
            case 'comment_issue':
              expect([to, each.about, each.issueNumber]).toEqual(['failed', 'failed', s.run.issueNumber])
              break
            case 'answer_threads':
              expect(to).toBe('pr_opened')
              break
            default:
              throw new Error(`nobody asked for ${each.kind}`)
          }
        }
      },
      { kind: 'repo', numRuns: 10_000 },
    )
    const ends = ['close_issue', 'close_pull_request', 'comment_issue', 'delete_branch']
    expect(ends.filter((kind) => !seen.has(kind))).toEqual([])
  })
})

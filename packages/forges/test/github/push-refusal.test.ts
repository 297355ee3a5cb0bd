import { describe, expect, it } from 'vitest'
import { pushRefusal } from '../../src/github/push-refusal.ts'

const refusal = (said: string, reason = 'pre-receive hook declined') =>
  pushRefusal({ reason: `${reason}: ${said}`, said })

describe('a push that GitHub refused', () => {
  it.each([
    ['protected_branch', 'remote: error: GH006: Protected branch update failed for refs/heads/optio/a.'],
    ['rule_violation', 'remote: error: GH013: Repository rule violations found for refs/heads/optio/a.'],
    [
      'secret_detected',
      'remote: error: GH013: Repository rule violations found\nremote: - GITHUB PUSH PROTECTION\nremote: — Push cannot contain secrets',
    ],
    [
      'file_too_large',
      "remote: error: File big.bin is 120.00 MB; this exceeds GitHub's file size limit of 100.00 MB\nremote: error: GH001: Large files detected.",
    ],
    ['lfs_objects_missing', 'remote: error: GH008: Your push referenced at least 1 unknown Git LFS object:'],
    ['email_privacy', 'remote: error: GH007: Your push would publish a private email address.'],
    ['hook_declined', 'remote: no merges on Fridays'],
  ])('is %s, by what it says', (code, said) => {
    expect(refusal(said).code).toBe(code)
  })

  it('because of a workflow says which permission is missing', () => {
    const said =
      '! [remote rejected] (refusing to allow a Personal Access Token to create or update workflow `.github/workflows/ci.yml` without `workflow` scope)'
    const { code, message } = pushRefusal({ reason: 'refusing to allow … without `workflow` scope', said })
    expect(code).toBe('workflow_permission')
    expect(message).toContain('Workflows: write')
    const app =
      'refusing to allow a GitHub App to create or update workflow `x.yml` without `workflows` permission'
    expect(pushRefusal({ reason: app, said: '' }).code).toBe('workflow_permission')
  })

  it('is quoted without git’s own noise, and not for ever', () => {
    const { code, message } = refusal(
      `To https://host/x\nremote: Because.\nremote: ${'x'.repeat(5000)}\nerror: failed to push some refs`,
      'declined',
    )
    expect(code).toBe('push_refused')
    expect(message).toMatch(/“Because\. x/)
    expect(message.length).toBeLessThan(800)
  })
})

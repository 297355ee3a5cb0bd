/** What GitHub says, by the codes of its own messages; first match wins. */
const REASONS: readonly (readonly [RegExp, string, string])[] = [
  [
    /without `?workflows?`? (scope|permission)/i,
    'workflow_permission',
    'The commits change a workflow in .github/workflows, which the token may not: give it the scope “workflow” (classic) or Workflows: write (fine-grained).',
  ],
  [
    /GH008|unknown Git LFS objects/i,
    'lfs_objects_missing',
    'The commits refer to Git LFS objects that GitHub does not have, and Optio does not upload any: put such files on the branch by hand.',
  ],
  [
    /GH001|Large files detected|exceeds GitHub's file size limit/i,
    'file_too_large',
    'A file in the commits is larger than GitHub takes: it has to go from the history.',
  ],
  [
    /PUSH PROTECTION|cannot contain secrets|GH009/i,
    'secret_detected',
    'GitHub found what looks like a secret in the commits: it has to go from the history.',
  ],
  [
    /GH007/i,
    'email_privacy',
    'The commits carry an e-mail address that its owner keeps private on GitHub: set OPTIO_GIT_AUTHOR_EMAIL.',
  ],
  [
    /GH006|protected branch/i,
    'protected_branch',
    'The branch is protected: let the token’s owner push to branches that begin with optio/.',
  ],
  [
    /GH013|rule violations/i,
    'rule_violation',
    'A ruleset forbids the push: except branches that begin with optio/, or the token’s owner, from it.',
  ],
  [/larger than|too large|size limit|pack exceeds/i, 'too_large', 'The push is larger than GitHub takes.'],
  [
    /pre-receive hook declined/i,
    'hook_declined',
    'A pre-receive hook of the server does not take the commits.',
  ],
]

/** Why GitHub did not take a push, and what to do about it; `said` is what git heard from it. */
export function pushRefusal(push: { readonly reason: string; readonly said: string }): {
  code: string
  message: string
} {
  const said = push.said
    .split('\n')
    .map((line) => line.replace(/^remote:\s*(?:error:\s*)?/, '').trim())
    .filter((line) => line !== '' && !/^(To |hint:|error: failed to push)/.test(line))
    .join(' ')
  const words = `${push.reason} ${said}`
  const [, code, advice] = REASONS.find(([pattern]) => pattern.test(words)) ?? []
  const quoted = `GitHub did not take the push: “${(said === '' ? push.reason : said).slice(0, 600)}”.`
  return { code: code ?? 'push_refused', message: advice === undefined ? quoted : `${advice} ${quoted}` }
}

/**
 * A GitHub of one's own, on loopback: REST and GraphQL as an Enterprise Server serves them, git over smart HTTP with real
 * repositories behind it, webhooks that are signed, checks by script, rate limits, and everything that goes wrong in life, on demand.
 *
 * ```ts
 * const github = await startFakeGithub()
 * const token = github.createToken({ login: 'optio-bot' })
 * const repo = await github.createRepository({ owner: 'acme', name: 'shop', permissions: { 'optio-bot': 'write', ann: 'write' } })
 * // The product gets GITHUB_API_URL=github.apiUrl, GITHUB_TOKEN=token, and connects repo.url.
 *
 * const issue = repo.openIssue({ title: 'The sum is wrong', by: 'ann' })
 * repo.label(issue.number, 'optio', 'ann')
 * repo.onPush(({ push }) => [{ name: 'test', kind: 'workflow', conclusion: push === 1 ? 'failure' : 'success', log: 'Error: 3 is not 4' }])
 * repo.addHook({ url: `${server}/api/webhooks/github`, secret: 'hush', events: ['*'] })
 * repo.protect('main', { requiredChecks: ['test'], requiredReviews: 1 })
 * await repo.review(2, { by: 'ann', event: 'REQUEST_CHANGES', body: 'Not yet.', comments: [{ path: 'sum.js', line: 1, body: 'Why?' }] })
 * await repo.commit({ branch: 'optio/sum-1', files: { 'NOTES.md': 'mine' }, by: 'ann' }) // a push by a person
 *
 * github.faults.failNext({ match: 'POST /graphql', status: 502, times: 3 })
 * github.faults.dropConnection('POST *pulls') // the pull request is made, the answer is lost
 * github.webhooks.hold() // …; await github.webhooks.release({ order: 'reversed', duplicate: true })
 * github.requests.count('PUT *merge')
 * await github.clock.advance(60_000) // checks that start after a minute are there
 * await github.close()
 * ```
 *
 * Where its answers come from: REST bodies are typed by GitHub's OpenAPI description, webhook payloads by GitHub's schemas, and every
 * GraphQL document is validated against GitHub's schema and its answer completed by it. A field the schema has and the fake does not is an
 * error in the answer that says so, never a silent null. Paths it does not know are 404 as on GitHub.
 *
 * What is not there: forks, teams, GitHub Apps, merge queues, milestones, reactions, releases, search.
 */
export * from './control/account.ts'
export * from './control/checks.ts'
export * from './control/faults.ts'
export * from './control/github.ts'
export * from './control/repository.ts'
export * from './control/webhooks.ts'
export { startFakeGithub } from './start.ts'

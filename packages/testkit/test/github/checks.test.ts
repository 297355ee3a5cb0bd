import { expect, test } from 'vitest'
import { aPull, aShop, SHOP } from './support/github.ts'

test('a script decides what each push gets: failing first, passing then, and the log of the failing job can be read', async () => {
  const shop = await aShop()
  const { repo, octokit } = shop
  repo.onPush(({ branch, push }) =>
    branch === 'main'
      ? []
      : [
          {
            name: 'test',
            kind: 'workflow',
            conclusion: push === 1 ? 'failure' : 'success',
            steps: [
              { name: 'Install' },
              { name: 'Run tests', conclusion: push === 1 ? 'failure' : 'success' },
            ],
            log: 'start\n##[error]3 is not 4',
            annotations: [{ path: 'sum.js', line: 2, message: '3 is not 4' }],
          },
        ],
  )
  await aPull(shop)
  const first = repo.branchHead('work') ?? ''
  const { data: runs } = await octokit.actions.listWorkflowRunsForRepo({ ...SHOP, head_sha: first })
  expect(runs.workflow_runs).toMatchObject([{ status: 'completed', conclusion: 'failure', head_sha: first }])
  const { data: jobs } = await octokit.actions.listJobsForWorkflowRun({
    ...SHOP,
    run_id: runs.workflow_runs[0]?.id ?? 0,
  })
  expect(jobs.jobs).toMatchObject([
    { name: 'test', steps: [{ conclusion: 'success' }, { name: 'Run tests', conclusion: 'failure' }] },
  ])
  const log = await octokit.actions.downloadJobLogsForWorkflowRun({ ...SHOP, job_id: jobs.jobs[0]?.id ?? 0 })
  expect(String(log.data)).toMatch(/^\d{4}-\S+Z start\r\n\d{4}-\S+Z ##\[error\]3 is not 4$/)
  const { data: annotations } = await octokit.checks.listAnnotations({
    ...SHOP,
    check_run_id: jobs.jobs[0]?.id ?? 0,
  })
  expect(annotations).toMatchObject([{ path: 'sum.js', start_line: 2, annotation_level: 'failure' }])
  await repo.commit({ branch: 'work', files: { fix: 'x\n' } })
  expect(repo.checks('work')).toMatchObject([{ name: 'test', conclusion: 'success' }])
})

test('a check appears and ends when its time has come, by the clock of the fake', async () => {
  const { github, repo, octokit } = await aShop()
  repo.onPush(() => [{ name: 'slow', startsAfter: 60_000, after: 30_000 }])
  const ref = await repo.commit({ branch: 'work', files: { a: 'a\n' } })
  const seen = async () => {
    const { data } = await octokit.checks.listForRef({ ...SHOP, ref })
    return data.check_runs.map(({ status, conclusion }) => [status, conclusion])
  }
  expect(await seen()).toEqual([])
  await github.clock.advance(60_000)
  expect(await seen()).toEqual([['in_progress', null]])
  await github.clock.advance(30_000)
  expect(await seen()).toEqual([['completed', 'success']])
})

test('checks are started and ended by hand, statuses too; the combined status of nothing is pending', async () => {
  const { repo, octokit } = await aShop()
  const ref = repo.branchHead('main') ?? ''
  const combined = async () => (await octokit.repos.getCombinedStatusForRef({ ...SHOP, ref })).data.state
  expect(await combined()).toBe('pending')
  repo.addChecks('main', [
    { name: 'later', startsAfter: 'manual', conclusion: 'timed_out' },
    { name: 'status', kind: 'status', after: 'manual', conclusion: 'failure' },
  ])
  expect(repo.checks('main')).toMatchObject([{ name: 'status', status: 'in_progress' }])
  expect(repo.startCheck('main', 'later')).toMatchObject({ status: 'completed', conclusion: 'timed_out' })
  expect(repo.finishCheck('main', 'status')).toMatchObject({ conclusion: 'failure' })
  expect(await combined()).toBe('failure')
  expect(repo.startCheck('main', 'hand')).toMatchObject({ status: 'in_progress' })
  expect(repo.finishCheck('main', 'hand', { conclusion: 'cancelled' })).toMatchObject({
    conclusion: 'cancelled',
  })
  await octokit.repos.createCommitStatus({ ...SHOP, sha: ref, state: 'success', context: 'status' })
  expect(await combined()).toBe('success')
})

test('workflows are those whose files are on the default branch', async () => {
  const { octokit, repo } = await aShop()
  expect((await octokit.actions.listRepoWorkflows(SHOP)).data.total_count).toBe(0)
  await repo.commit({ files: { '.github/workflows/ci.yml': 'name: Continuous\non: push\n' } })
  const { data } = await octokit.actions.listRepoWorkflows(SHOP)
  expect(data.workflows).toMatchObject([{ name: 'Continuous', path: '.github/workflows/ci.yml' }])
})

test('the rules of a branch are told to whom they may be: summary to all, classic protection to admins, rulesets to all', async () => {
  const { github, repo, octokit } = await aShop()
  repo.protect('main', { requiredChecks: ['test'], requiredReviews: 2, strict: true })
  repo.addRuleset({ name: 'all', requiredChecks: ['lint'] })
  const branch = { ...SHOP, branch: 'main' }
  const { data } = await octokit.repos.getBranch(branch)
  expect(data).toMatchObject({
    protected: true,
    protection: { required_status_checks: { contexts: ['test'] } },
  })
  await expect(octokit.repos.getBranchProtection(branch)).rejects.toMatchObject({ status: 404 })
  repo.allow('optio-bot', 'admin')
  expect((await octokit.repos.getBranchProtection(branch)).data).toMatchObject({
    required_pull_request_reviews: { required_approving_review_count: 2 },
    required_status_checks: { strict: true },
  })
  expect((await octokit.repos.getBranchRules(branch)).data).toMatchObject([
    { type: 'required_status_checks', parameters: { required_status_checks: [{ context: 'lint' }] } },
  ])
  expect(github.requests.count('GET *protection')).toBe(2)
})

import type { Repo } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { printJson } from '../print.ts'
import { writeFields, writeTable } from '../terminal/table.ts'
import { dollars, duration, shortId } from '../terminal/words.ts'
import { allRepos, findRepo } from './find.ts'

export async function list(cli: Cli): Promise<void> {
  const client = await cli.client()
  if (cli.json) return await printJson(cli, await client.repos.list({ query: { limit: 1000 } }))
  const repos = await allRepos(client)
  if (repos.length === 0) {
    await cli.err.write('No repository is connected. Connect one with `optio repo add <path>`.\n')
    return
  }
  await writeTable(cli.out, cli.colors, repos, [
    { title: 'ID', text: ({ id }) => shortId(id), paint: cli.colors.cyan },
    { title: 'NAME', text: ({ fullName }) => fullName, shrinksTo: 10 },
    { title: 'AGENT', text: ({ defaultAgentType }) => defaultAgentType },
    { title: 'CHECK', text: ({ testCommand }) => firstLine(testCommand), shrinksTo: 10 },
    { title: 'MERGES', text: ({ autoMerge }) => (autoMerge ? 'by itself' : 'you') },
    { title: 'PATH', text: ({ repoUrl }) => repoUrl, shrinksTo: 16 },
  ])
}

export async function show(cli: Cli, which: string | undefined): Promise<void> {
  const client = await cli.client()
  const { id } = await findRepo(cli, client, which)
  const answer = await client.repos.get({ params: { id } })
  if (cli.json) return await printJson(cli, answer)
  await showRepo(cli, answer.repo)
}

export async function showRepo(cli: Cli, repo: Repo): Promise<void> {
  const yesNo = (value: boolean) => (value ? 'yes' : 'no')
  await writeFields(cli.out, cli.colors, [
    ['id', repo.id],
    ['fullName', repo.fullName],
    ['repoUrl', repo.repoUrl],
    ['defaultBranch', repo.defaultBranch],
    ['defaultAgentType', repo.defaultAgentType],
    ['agentCommand', repo.agentCommand === null ? null : JSON.stringify(repo.agentCommand)],
    ['model', repo.model],
    ['maxTurnsCoding', repo.maxTurnsCoding?.toString()],
    ['setupCommands', repo.setupCommands],
    ['testCommand', repo.testCommand],
    ['autoMerge', yesNo(repo.autoMerge)],
    ['mergeMethod', repo.mergeMethod],
    ['cautiousMode', yesNo(repo.cautiousMode)],
    ['autoResume', yesNo(repo.autoResume)],
    ['maxAutoResumes', String(repo.maxAutoResumes)],
    ['maxConcurrentTasks', String(repo.maxConcurrentTasks)],
    ['stallThresholdMs', `${repo.stallThresholdMs} (${duration(repo.stallThresholdMs)})`],
    ['maxAttemptMs', `${repo.maxAttemptMs} (${duration(repo.maxAttemptMs)})`],
    ['budgetUsd', repo.budgetUsd === null ? null : dollars(repo.budgetUsd)],
    ['reviewEnabled', yesNo(repo.reviewEnabled)],
    ['reviewTrigger', repo.reviewTrigger],
    ['reviewAgentType', repo.reviewAgentType],
    ['reviewModel', repo.reviewModel],
    ['maxTurnsReview', repo.maxTurnsReview?.toString()],
    ['maxReviewRounds', String(repo.maxReviewRounds)],
    ['onDependencyFailure', repo.onDependencyFailure],
    ['promptTemplateOverride', repo.promptTemplateOverride],
    ['reviewPromptTemplate', repo.reviewPromptTemplate],
  ])
}

function firstLine(script: string | null): string {
  if (script === null) return 'none'
  const [first = ''] = script.trim().split('\n', 1)
  return script.trim() === first ? first : `${first} …`
}

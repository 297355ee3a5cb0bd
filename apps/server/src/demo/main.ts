import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { createClient, executed } from '@optio/contract'
import { readConfig } from '../config.ts'
import { openInBrowser } from '../platform/browser.ts'
import { endOnSignals, explainFailedStart } from '../process-lifecycle.ts'
import { type RunningOptio, startOptio } from '../start-optio.ts'
import { makeSampleRepository, SAMPLE } from './sample-repository.ts'
import { tellTimeline } from './timeline.ts'

/** With `--exit`: after this the demo says what it waits for and gives up. */
const GIVE_UP_MS = 5 * 60_000

interface DemoResult {
  readonly merged: boolean
  readonly taskId: string
  readonly repoPath: string
  readonly prUrl: string | null
  readonly mergeSha: string | null
  readonly attempts: number
  readonly seconds: number
}

/**
 * `npm run demo [-- --exit] [-- --json] [-- --no-open]`: a new sample repository, a task, and the way to the merged pull request
 * as it happens, here and on the task's page, which is opened in the browser where there is a desktop. Progress goes to stderr;
 * stdout has the address and, with `--json`, the result as its last line.
 */
export async function main(argv: readonly string[]): Promise<void> {
  const options = {
    exit: argv.includes('--exit'),
    json: argv.includes('--json'),
    open: !argv.includes('--no-open') && !argv.includes('--exit'),
  }
  try {
    const config = readConfig(process.env)
    const starting = startOptio(config, { say: tell })
    const ended = endOnSignals(starting)
    const optio = await starting
    process.stdout.write(`Optio is ready at ${optio.url}\n`)
    const result = await playOrStop(optio, config.dataDir, options)
    conclude(result, optio.url)
    if (options.json) process.stdout.write(`${JSON.stringify(result)}\n`)
    if (!options.exit) {
      tell('Optio stays up; Ctrl-C stops it.')
      return await ended
    }
    await optio.stop()
    process.exitCode = result.merged ? 0 : 1
  } catch (error) {
    explainFailedStart(error)
  }
}

/** A demo that breaks off must not leave a server behind that nobody looks at. */
async function playOrStop(
  optio: RunningOptio,
  dataDir: string,
  options: { readonly open: boolean },
): Promise<DemoResult> {
  try {
    return await playDemo(optio.url, dataDir, options)
  } catch (error) {
    await optio.stop()
    throw error
  }
}

async function playDemo(
  url: string,
  dataDir: string,
  { open }: { readonly open: boolean },
): Promise<DemoResult> {
  const started = Date.now()
  const client = createClient({ baseUrl: url })
  const repoPath = await makeSampleRepository(join(dataDir, 'demo'))
  tell(`A sample repository with a failing test is at ${repoPath}`)
  const agent = fileURLToPath(new URL('./stand-in-agent.js', import.meta.url))
  await client.repos.connect({
    body: {
      repoUrl: repoPath,
      testCommand: SAMPLE.testCommand,
      agentCommand: [process.execPath, agent],
      autoMerge: true,
    },
  })
  const { task } = await client.tasks.create({
    body: { title: SAMPLE.title, prompt: SAMPLE.prompt, repoUrl: repoPath, agentType: 'command' },
  })
  tell(`The task “${SAMPLE.title}” is given to a scripted stand-in for an agent (it is no AI).`)
  const page = `${url}/tasks/${task.id}`
  tell(`Watch it there: ${page}`)
  // Without a page that stays there is nothing to open.
  if (open) await openInBrowser(page, process.env)
  await tellTimeline(client, task.id, tell, AbortSignal.timeout(GIVE_UP_MS))
  return await readResult(url, task.id, repoPath, started)
}

async function readResult(
  url: string,
  taskId: string,
  repoPath: string,
  started: number,
): Promise<DemoResult> {
  const client = createClient({ baseUrl: url })
  const { task, pendingReason } = executed(await client.tasks.get({ params: { id: taskId } }))
  const { attempts } = await client.tasks.attempts({ params: { id: taskId } })
  const mergeSha =
    task.prNumber === null
      ? null
      : (await client.pullRequests.get({ params: { id: taskId } })).pullRequest.mergedSha
  if (pendingReason) tell(`It waits: ${pendingReason}`)
  return {
    merged: task.state === 'completed' && task.prState === 'merged',
    taskId,
    repoPath,
    prUrl: task.prUrl,
    mergeSha,
    attempts: attempts.length,
    seconds: Math.round((Date.now() - started) / 100) / 10,
  }
}

function conclude(result: DemoResult, url: string): void {
  if (!result.merged) {
    tell('The pull request is NOT merged.')
    return
  }
  tell(`Merged as ${result.mergeSha} after ${result.attempts} attempts in ${result.seconds} s.`)
  tell(`See it with: git -C '${result.repoPath}' log --stat`)
  tell(`The task: ${url}/tasks/${result.taskId}   The API: ${url}/docs`)
}

function tell(line: string): void {
  process.stderr.write(`${line}\n`)
}

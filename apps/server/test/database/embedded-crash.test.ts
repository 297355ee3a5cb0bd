import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { parseProcessStat } from '@optio/runtimes'
import { afterEach, expect, onTestFinished, test } from 'vitest'
import { serverAccount } from '../../src/database/embedded/account.ts'
import { isRunning } from '../../src/platform/process-identity.ts'
import {
  cleanUp,
  clusterOf,
  crash,
  type Held,
  hold,
  membersOf,
  newDirectory,
  query,
  start,
} from '../support/embedded.ts'

afterEach(cleanUp)

/** A cluster with one committed row, left by a kill -9 of the Optio and of all of the server. */
async function crashedCluster(): Promise<{ dataDir: string; cluster: string; held: Held }> {
  const dataDir = await newDirectory()
  const holder = hold(dataDir)
  const held = await holder.next<Held>()
  await query(held.connection, 'create table kept as select 1 as n')
  await holder.kill()
  await crash(clusterOf(dataDir))
  return { dataDir, cluster: clusterOf(dataDir), held }
}

/** Runs a script in a shell under the server's account until the test ends; answers the pid it prints first. */
async function pidFromShell(script: string, cluster: string): Promise<number> {
  const account = await serverAccount(cluster)
  const shell = spawn('sh', ['-c', script], {
    cwd: '/',
    stdio: ['ignore', 'pipe', 'inherit'],
    ...(account === null ? {} : { uid: account.uid, gid: account.gid }),
  })
  onTestFinished(() => void shell.kill('SIGKILL'))
  const [printed] = (await once(shell.stdout, 'data')) as [Buffer]
  return Number(printed)
}

async function replacePid(file: string, pid: number): Promise<void> {
  const lines = (await readFile(file, 'utf8')).split('\n')
  await writeFile(file, [pid, ...lines.slice(1)].join('\n'))
}

test('after kill -9 of everything, a start recovers at once and no commit is lost', async () => {
  const { dataDir, held } = await crashedCluster()
  const server = await start(dataDir)
  expect(server.adopted).toBe(false)
  expect(server.pid).not.toBe(held.pid)
  expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
})

test.runIf(process.platform === 'linux')(
  'a dead server that stays a zombie and holds the lock files does not keep Optio from starting',
  async () => {
    const { dataDir, cluster, held } = await crashedCluster()
    // `sleep` replaces the shell, and never waits for the child it inherits.
    const zombie = await pidFromShell('sleep 0.2 & echo $!; exec sleep 60', cluster)
    const state = async () => parseProcessStat(await readFile(`/proc/${zombie}/stat`, 'latin1'))?.state
    await expect.poll(state).toBe('Z')
    await replacePid(join(cluster, 'postmaster.pid'), zombie)
    await writeFile(
      join(held.connection.host, '.s.PGSQL.5432.lock'),
      `${zombie}\n${cluster}\n0\n5432\n${held.connection.host}\n`,
    )
    const server = await start(dataDir)
    expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
    expect(await state()).toBe('Z')
  },
)

test('another process that got the pid of a dead server is left alone', async () => {
  const { dataDir, cluster } = await crashedCluster()
  const stranger = await pidFromShell('echo $$; exec sleep 60', cluster)
  await replacePid(join(cluster, 'postmaster.pid'), stranger)
  const server = await start(dataDir)
  expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
  expect(isRunning(stranger)).toBe(true)
})

test('processes that outlive their server are ended before its locks are removed', async () => {
  const dataDir = await newDirectory()
  const holder = hold(dataDir)
  const held = await holder.next<Held>()
  await query(held.connection, 'create table kept as select 1 as n')
  const orphans = (await membersOf(clusterOf(dataDir))).filter((pid) => pid !== held.pid)
  // Stopped, so that they cannot notice that their server died.
  for (const pid of orphans) process.kill(pid, 'SIGSTOP')
  await holder.kill()
  process.kill(held.pid, 'SIGKILL')
  const server = await start(dataDir)
  expect(orphans.filter(isRunning)).toEqual([])
  expect(await query(server.connection, 'select n from kept')).toEqual([{ n: 1 }])
})

test('a cluster that was not finished when the machine went down is made anew', async () => {
  const dataDir = await newDirectory()
  const holder = hold(dataDir)
  const parts = () => readdir(dirname(clusterOf(dataDir))).catch(() => [])
  const drafts = async () => (await parts()).filter((name) => name.startsWith('data.new'))
  await expect.poll(drafts, { interval: 2, timeout: 30_000 }).toHaveLength(1)
  // Its initdb goes on without it.
  await holder.kill()
  const server = await start(dataDir)
  expect(await query(server.connection, 'select 1 as one')).toEqual([{ one: 1 }])
  expect(await drafts()).toEqual([])
})

import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { identifyProcess } from '@optio/runtimes'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readConfig } from '../../src/config.ts'
import { isRunning } from '../../src/platform/process-identity.ts'
import { writeServerFile } from '../../src/server-file.ts'
import { stopOptio } from '../../src/stop-optio.ts'

let directory: string
let innocent: ChildProcess
let other: Server

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'optio-stop-'))
  innocent = spawn('sleep', ['60'])
  other = createServer((_request, response) => response.end('{}'))
  await once(other.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  innocent.kill()
  other.close()
  await rm(directory, { recursive: true, force: true })
})

test('stop ends nobody else when its Optio is long gone, its number given away and its address taken over', async () => {
  const { pid = 0 } = innocent
  const identity = identifyProcess(pid)
  if (!identity) throw new Error('the innocent process does not run')
  await writeServerFile(directory, {
    process: { ...identity, start: `${identity.start}0` },
    url: `http://127.0.0.1:${(other.address() as AddressInfo).port}`,
  })
  const stopping = stopOptio(readConfig({ OPTIO_DATA_DIR: directory }), { agents: false })
  await expect(stopping).rejects.toMatchObject({ code: 'CONFIG' })
  expect(isRunning(pid)).toBe(true)
})

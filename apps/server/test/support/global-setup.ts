import { createServer, type Socket } from 'node:net'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { makeRunDirectory, removeRunDirectory, startTestServer, type TestServer } from './test-server.ts'

declare module 'vitest' {
  interface ProvidedContext {
    /** Socket that answers a connection with `{ connection }` of the run's Postgres, or `{ error }`. */
    readonly testPostgres: string
  }
}

/**
 * Vitest's global set-up: answers the test processes on a socket, and starts the run's one Postgres when the first of them
 * asks, so that a run without database tests starts none.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const directory = await makeRunDirectory()
  let server: Promise<TestServer> | undefined
  const answer = async (socket: Socket) => {
    socket.on('error', () => undefined) // the asking process is gone
    try {
      server ??= startTestServer(directory)
      socket.end(JSON.stringify({ connection: (await server).connection }))
    } catch (error) {
      socket.end(JSON.stringify({ error: String(error) }))
    }
  }
  const listener = createServer((socket) => void answer(socket))
  const path = join(directory, 'postgres.sock')
  await new Promise<void>((resolve) => listener.listen(path, resolve))
  listener.unref()
  project.provide('testPostgres', path)
  return async () => {
    listener.close()
    await server?.then(
      (running) => running.stop(),
      () => undefined, // the tests have said so
    )
    await removeRunDirectory(directory)
  }
}

import { request } from 'node:http'
import type { FastifyPluginAsync } from 'fastify'
import { pino } from 'pino'
import { buildApp } from '../../src/http/app.ts'
import type { KeyStore } from '../../src/http/idempotency/key-store.ts'
import { listen } from '../../src/http/listen.ts'
import type { OriginRules } from '../../src/http/origin.ts'

export interface TestApp {
  readonly url: string
  readonly port: number
  readonly logged: string[]
  close(): Promise<void>
  /** A request with any headers, Host and Origin too, which `fetch` does not let through. */
  send(options: {
    path: string
    method?: string
    headers?: Record<string, string>
    body?: string | Buffer
  }): Promise<{
    status: number
    headers: Record<string, unknown>
    text: string
    json: () => Record<string, unknown>
  }>
}

/** The HTTP side over a real socket, with routes of the test's own. */
export async function startApp(
  plugins: readonly FastifyPluginAsync[],
  origins: Partial<OriginRules> = {},
  requestKeys?: KeyStore,
): Promise<TestApp> {
  const logged: string[] = []
  const logger = pino({ level: 'trace' }, { write: (line: string) => void logged.push(line) })
  const app = buildApp({
    logger,
    version: '1.2.3',
    origins,
    plugins,
    ...(requestKeys && { requestKeys }),
  })
  const url = await listen(app, { host: '127.0.0.1', port: 0 })
  const port = Number(new URL(url).port)
  return {
    url,
    port,
    logged,
    close: () => app.close(),
    send: ({ path, method = 'GET', headers = {}, body }) =>
      new Promise((resolve, reject) => {
        const req = request({ host: '127.0.0.1', port, path, method, headers }, (res) => {
          const chunks: Buffer[] = []
          res.on('data', (chunk: Buffer) => chunks.push(chunk))
          res.on('error', reject)
          res.on('end', () => {
            const text = Buffer.concat(chunks).toString('utf8')
            const status = res.statusCode ?? 0
            resolve({ status, headers: res.headers, text, json: () => JSON.parse(text) })
          })
        })
        req.on('error', reject)
        req.end(body)
      }),
  }
}

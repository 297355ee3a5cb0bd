import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll } from 'vitest'

export interface Asked {
  readonly path: string
  readonly authorization: string | null
}

export interface HttpRemote {
  /** Of a bare repository below the directory. */
  url(name: string): string
  readonly asked: Asked[]
  /** Answers instead of git; null leaves it to git. `done` is what git answered to a request that was carried out. */
  answer: (request: Asked) => { status: number; location?: string; body?: string } | 'drop after' | null
}

/** The bare repositories of a directory over smart HTTP, by git's own program, for those with the password. */
export async function httpRemote(root: string, authorization: string | null): Promise<HttpRemote> {
  const remote: HttpRemote = { url: (name) => `${origin}/${name}`, asked: [], answer: () => null }
  const server = createServer((request, response) => {
    const asked = { path: request.url ?? '', authorization: request.headers.authorization ?? null }
    remote.asked.push(asked)
    const answer = remote.answer(asked)
    if (answer !== null && answer !== 'drop after') {
      const headers = answer.location === undefined ? {} : { location: answer.location }
      response.writeHead(answer.status, headers).end(answer.body ?? '')
    } else if (authorization !== null && asked.authorization !== authorization) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
    } else {
      backend(root, request, response, answer === 'drop after')
    }
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  afterAll(async () => {
    server.closeAllConnections()
    await new Promise((resolve) => server.close(resolve))
  })
  return remote
}

function backend(root: string, request: IncomingMessage, response: ServerResponse, drop: boolean): void {
  const [path = '', query = ''] = (request.url ?? '').split('?')
  const child = spawn('git', ['-c', 'http.receivepack=true', 'http-backend'], {
    env: {
      PATH: process.env.PATH,
      GIT_CONFIG_GLOBAL: '/dev/null',
      GIT_CONFIG_NOSYSTEM: '1',
      GIT_PROJECT_ROOT: root,
      GIT_HTTP_EXPORT_ALL: '1',
      REMOTE_USER: 'somebody',
      REQUEST_METHOD: request.method ?? 'GET',
      PATH_INFO: path,
      QUERY_STRING: query,
      CONTENT_TYPE: request.headers['content-type'] ?? '',
      HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
      GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
    },
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  request.pipe(child.stdin)
  child.stdin.on('error', () => {})
  const parts: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => parts.push(chunk))
  child.on('close', () => {
    if (drop) return request.socket.destroy()
    const all = Buffer.concat(parts)
    const end = all.indexOf('\r\n\r\n')
    let status = 200
    for (const line of all.subarray(0, end).toString('latin1').split('\r\n')) {
      const [name = '', value = ''] = line.split(/: (.*)/s)
      if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
      else response.setHeader(name, value)
    }
    response.writeHead(status).end(all.subarray(end + 4))
  })
}

import { spawn } from 'node:child_process'
import type { IncomingMessage } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { GIT_ENVIRONMENT } from './process.ts'

export interface SmartRequest {
  /** Where the repository is, and what of it is asked: `/info/refs`, `/git-upload-pack`, `/git-receive-pack`. */
  readonly gitDir: string
  readonly service: string
  readonly search: string
  readonly login: string | null
  /** For the repository's update hook. */
  readonly refused: string
}

/** What git answers, kept until somebody sends it. */
export interface SmartAnswer {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: Buffer
}

/** Runs `git http-backend` as the CGI program it is (git-http-backend(1)). The answer is kept whole, so that it can be held or dropped. */
export async function runHttpBackend(request: IncomingMessage, asked: SmartRequest): Promise<SmartAnswer> {
  const header = (name: string): string => {
    const value = request.headers[name]
    return typeof value === 'string' ? value : ''
  }
  const child = spawn('git', ['http-backend'], {
    env: {
      ...GIT_ENVIRONMENT,
      GIT_PROJECT_ROOT: asked.gitDir,
      GIT_HTTP_EXPORT_ALL: '1',
      PATH_INFO: asked.service,
      QUERY_STRING: asked.search,
      REQUEST_METHOD: request.method ?? 'GET',
      CONTENT_TYPE: header('content-type'),
      HTTP_CONTENT_ENCODING: header('content-encoding'),
      GIT_PROTOCOL: header('git-protocol'),
      FAKE_GITHUB_REFUSED: asked.refused,
      ...(request.headers['content-length'] === undefined
        ? {}
        : { CONTENT_LENGTH: header('content-length') }),
      ...(asked.login === null ? {} : { REMOTE_USER: asked.login }),
    },
    stdio: ['pipe', 'pipe', 'ignore'],
  })
  const chunks: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk))
  const ended = new Promise<void>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', () => resolve())
  })
  // The client may leave, and git may end before it has read all: either way, what git said is the answer.
  await pipeline(request, child.stdin).catch(() => undefined)
  await ended
  return readCgi(Buffer.concat(chunks))
}

function readCgi(output: Buffer): SmartAnswer {
  const end = output.indexOf('\r\n\r\n')
  if (end < 0) return { status: 500, headers: {}, body: Buffer.from('git http-backend said nothing') }
  const headers: Record<string, string> = {}
  let status = 200
  for (const line of output.subarray(0, end).toString('latin1').split('\r\n')) {
    const colon = line.indexOf(':')
    const name = line.slice(0, colon).toLowerCase()
    const value = line.slice(colon + 1).trim()
    if (name === 'status') status = Number.parseInt(value, 10)
    else headers[name] = value
  }
  return { status, headers, body: output.subarray(end + 4) }
}

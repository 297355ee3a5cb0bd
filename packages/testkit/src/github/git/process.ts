import { spawn } from 'node:child_process'
import { devNull } from 'node:os'

/** Nothing of the machine's configuration, and nobody to ask. */
export const GIT_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: process.env.PATH ?? '/usr/bin:/bin',
  HOME: devNull,
  LC_ALL: 'C',
  GIT_CONFIG_NOSYSTEM: '1',
  GIT_CONFIG_GLOBAL: devNull,
  GIT_TERMINAL_PROMPT: '0',
}

export class GitFailure extends Error {
  readonly status: number | null
  readonly stdout: Buffer

  constructor(args: readonly string[], status: number | null, stdout: Buffer, stderr: string) {
    super(`git ${args[0]} ended with ${status}: ${stderr.trim()}`)
    this.status = status
    this.stdout = stdout
  }
}

export interface GitOptions {
  readonly input?: string | Buffer
  readonly env?: Readonly<Record<string, string>>
}

/** What git prints. Throws `GitFailure` for another status than 0. */
export async function gitBytes(
  gitDir: string,
  args: readonly string[],
  { input, env }: GitOptions = {},
): Promise<Buffer> {
  const child = spawn('git', [`--git-dir=${gitDir}`, ...args], {
    env: { ...GIT_ENVIRONMENT, ...env },
    stdio: ['pipe', 'pipe', 'pipe'],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr.on('data', (chunk: Buffer) => err.push(chunk))
  child.stdin.on('error', () => undefined) // git has ended without reading it; its status says why
  child.stdin.end(input)
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject)
    child.once('close', resolve)
  })
  const stdout = Buffer.concat(out)
  if (status !== 0) throw new GitFailure(args, status, stdout, Buffer.concat(err).toString('utf8'))
  return stdout
}

export async function git(gitDir: string, args: readonly string[], options?: GitOptions): Promise<string> {
  return (await gitBytes(gitDir, args, options)).toString('utf8').trimEnd()
}

/** The same, or null where git says no. */
export async function gitOrNull(gitDir: string, args: readonly string[]): Promise<string | null> {
  try {
    return await git(gitDir, args)
  } catch (error) {
    if (error instanceof GitFailure) return null
    throw error
  }
}

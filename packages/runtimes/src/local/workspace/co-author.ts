import { git, gitText, resolveCommit } from '@optio/git'
import {
  type CoAuthor,
  parseCommit,
  type RawCommit,
  serializeCommit,
  withTrailer,
} from './co-author-trailer.ts'

/** Of a proposal with more new commits than an agent makes (somebody's history was imported) nothing is rewritten. */
const MOST_COMMITS = 500
const MOST_BYTES = 64 * 1024 * 1024

/** Headers that hold for the commit as it was: signatures of it. */
const SIGNATURES = /^(?:gpgsig|gpgsig-sha256|mergetag) /

export interface CoAuthorRequest {
  readonly mirrorDir: string
  readonly headSha: string
  /** The run's own branch: what is on it was published, or is somebody else's. */
  readonly branch: string
  readonly coAuthor: CoAuthor
  /** Addresses that commits of agents have for their author's. */
  readonly agentEmails: readonly string[]
}

/**
 * Names the co-author in those new commits of a proposal that an agent made, and answers the head that results: `headSha` itself when
 * there was nothing to do. Only messages (and with them the parents of what comes after) change: trees, authors and dates stay, so the
 * same commits always become the same, whoever does it and however often. Nothing that is on a branch of the upstream is touched, and
 * a commit of a person that the agent has rebased is as the person made it.
 */
export async function nameCoAuthor(request: CoAuthorRequest): Promise<string> {
  const { mirrorDir, headSha } = request
  const own = { cwd: mirrorDir, gitDir: mirrorDir }
  const listed = await gitText(
    [
      'rev-list',
      '--topo-order',
      '--reverse',
      `--max-count=${MOST_COMMITS + 1}`,
      headSha,
      '--not',
      '--branches',
    ],
    own,
  )
  const shas = listed === '' ? [] : listed.split('\n')
  if (shas.length === 0 || shas.length > MOST_COMMITS) return headSha
  const commits = await readCommits(mirrorDir, shas)
  const others = await published(request)
  const emails = request.agentEmails.map((email) => `<${email.toLowerCase()}>`)
  const renamed = new Map<string, string>()
  for (const [sha, commit] of commits) {
    const author = headerOf(commit, 'author')
    const isAgents = emails.some((email) => author.toLowerCase().includes(email)) && !others.has(author)
    const message = isAgents ? withTrailer(commit.message, request.coAuthor) : commit.message
    const headers = commit.headers.map((header) => moved(header, renamed))
    const isSame = message === commit.message && headers.every((header, n) => header === commit.headers[n])
    if (isSame) continue
    const kept = headers.filter((header) => !SIGNATURES.test(header))
    renamed.set(sha, await writeCommit(mirrorDir, { headers: kept, message }))
  }
  return renamed.get(headSha) ?? headSha
}

/** In order; those that cannot be read as commits are none. */
async function readCommits(mirrorDir: string, shas: readonly string[]): Promise<Map<string, RawCommit>> {
  const { stdout } = await git(['cat-file', '--batch'], {
    cwd: mirrorDir,
    gitDir: mirrorDir,
    stdin: shas.map((sha) => `${sha}\n`).join(''),
    maxOutputBytes: MOST_BYTES,
  })
  const commits = new Map<string, RawCommit>()
  let at = 0
  while (at < stdout.length) {
    const end = stdout.indexOf(0x0a, at)
    const [sha = '', , size = '0'] = stdout.toString('latin1', at, end).split(' ')
    const start = end + 1
    commits.set(sha, parseCommit(stdout.subarray(start, start + Number(size))))
    at = start + Number(size) + 1
  }
  return commits
}

/** Author lines (with their times) of what is on the run's branch at the upstream. */
async function published({ mirrorDir, branch }: CoAuthorRequest): Promise<ReadonlySet<string>> {
  const head = await resolveCommit(mirrorDir, `refs/heads/${branch}`)
  if (head === null) return new Set()
  const own = { cwd: mirrorDir, gitDir: mirrorDir }
  const others = ['--not', `--exclude=${branch}`, '--branches']
  const listed = await gitText(['rev-list', `--max-count=${MOST_COMMITS}`, head, ...others], own)
  const commits = await readCommits(mirrorDir, listed === '' ? [] : listed.split('\n'))
  return new Set([...commits.values()].map((commit) => headerOf(commit, 'author')))
}

function headerOf({ headers }: RawCommit, name: string): string {
  return headers.find((header) => header.startsWith(`${name} `)) ?? ''
}

function moved(header: string, renamed: ReadonlyMap<string, string>): string {
  if (!header.startsWith('parent ')) return header
  const parent = header.slice('parent '.length)
  return `parent ${renamed.get(parent) ?? parent}`
}

async function writeCommit(mirrorDir: string, commit: RawCommit): Promise<string> {
  return await gitText(['hash-object', '-t', 'commit', '-w', '--stdin'], {
    cwd: mirrorDir,
    gitDir: mirrorDir,
    stdin: serializeCommit(commit),
  })
}

import { languageOf } from './language-of.ts'
import type { DiffLine, Hunk } from './parse-patch.ts'
import type { SyntaxAnswer, SyntaxRequest } from './syntax-worker.ts'

/** For each line that has colours: length, kind, length, kind and so on. */
export type Syntax = ReadonlyMap<DiffLine, readonly number[]>

/** Above this a file stays without colours. */
const MOST_LINES = 6_000
const MOST_CHARACTERS = 400_000

/** A worker that is silent for longer is stuck in a grammar, and another is started for what comes next. */
const MOST_MS = 15_000

const NONE: Syntax = new Map()
const waiting = new Map<number, (pieces: SyntaxAnswer['pieces']) => void>()
let worker: Worker | null = null
let watchdog: ReturnType<typeof setTimeout> | null = null
let lastId = 0

/** Colours for the lines of a file. Old and new are read apart, each hunk by itself; empty for what has no known grammar. */
export async function syntaxOf(path: string, hunks: readonly Hunk[]): Promise<Syntax> {
  const grammar = languageOf(path)
  if (grammar === null || typeof Worker === 'undefined') return NONE
  const sides = hunks.flatMap(({ lines }) => [
    lines.filter(({ kind }) => kind === 'context' || kind === 'removed'),
    lines.filter(({ kind }) => kind === 'context' || kind === 'added'),
  ])
  const count = sides.reduce((sum, side) => sum + side.length, 0)
  const pieces = count > MOST_LINES ? [] : sides.map((side) => side.map(({ text }) => text).join('\n'))
  if (pieces.length === 0 || pieces.reduce((sum, { length }) => sum + length, 0) > MOST_CHARACTERS)
    return NONE
  const answer = await ask({ grammar, pieces })
  const syntax = new Map<DiffLine, readonly number[]>()
  sides.forEach((side, index) => {
    side.forEach((line, row) => {
      const runs = answer?.[index]?.[row]
      if (runs !== undefined) syntax.set(line, runs)
    })
  })
  return syntax
}

function ask(request: Omit<SyntaxRequest, 'id'>): Promise<SyntaxAnswer['pieces']> {
  worker ??= startWorker()
  lastId += 1
  const id = lastId
  const answer = new Promise<SyntaxAnswer['pieces']>((resolve) => waiting.set(id, resolve))
  worker.postMessage({ id, ...request } satisfies SyntaxRequest)
  watchdog ??= setTimeout(giveUp, MOST_MS)
  return answer
}

function startWorker(): Worker {
  const started = new Worker(new URL('./syntax-worker.ts', import.meta.url), { type: 'module' })
  started.onmessage = ({ data }: MessageEvent<SyntaxAnswer>) => {
    waiting.get(data.id)?.(data.pieces)
    waiting.delete(data.id)
    if (watchdog !== null) clearTimeout(watchdog)
    watchdog = waiting.size > 0 ? setTimeout(giveUp, MOST_MS) : null
  }
  started.onerror = giveUp
  return started
}

/** Colours are decoration: without them everything stays readable. */
function giveUp(): void {
  worker?.terminate()
  worker = null
  if (watchdog !== null) clearTimeout(watchdog)
  watchdog = null
  for (const resolve of waiting.values()) resolve(null)
  waiting.clear()
}

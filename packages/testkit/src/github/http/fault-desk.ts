import type { Failure, Faults, Pause, RequestMatch, SeenRequest } from '../control/faults.ts'
import { type Deferred, defer } from '../deferred.ts'
import { type Answer, jsonAnswer, textAnswer } from './answer.ts'
import { matches, wildcard } from './match.ts'

/** What is to become of the answer once the request was carried out. */
export type Fate = 'send' | 'drop'

interface OpenFailure {
  readonly failure: Failure
  left: number
}

interface OpenPause {
  readonly match: RequestMatch
  readonly when: 'before' | 'after'
  taken: boolean
  readonly arrival: Deferred<SeenRequest>
  readonly fate: Deferred<Fate>
}

interface Partial {
  readonly alias: RegExp
  readonly type: string
  readonly message: string
  left: number
}

/** GitHub's words for what fails on its side. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Bad credentials',
  403: 'Forbidden',
  404: 'Not Found',
  429: 'Too many requests',
  500: 'Server Error',
  502: 'Server Error',
  503: 'Service Unavailable',
}

const SECONDARY = 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'

export class FaultDesk implements Faults {
  latencyMs = 0
  #failures: OpenFailure[] = []
  #drops: { readonly match: RequestMatch; left: number }[] = []
  #pauses: OpenPause[] = []
  #partials: Partial[] = []

  failNext(failure: Failure): void {
    this.#failures.push({ failure, left: failure.times ?? 1 })
  }

  failAlways(match: RequestMatch, status: number): void {
    this.failNext({ match, status, times: Number.POSITIVE_INFINITY })
  }

  secondaryLimit(
    match: RequestMatch,
    {
      retryAfter = 60,
      times = 1,
      status = 403,
    }: { retryAfter?: number; times?: number; status?: 403 | 429 } = {},
  ): void {
    const body = {
      documentation_url:
        'https://docs.github.com/free-pro-team@latest/rest/overview/rate-limits-for-the-rest-api#about-secondary-rate-limits',
      message: SECONDARY,
    }
    this.failNext({ match, status, times, body, retryAfter })
  }

  dropConnection(match: RequestMatch, times = 1): void {
    this.#drops.push({ match, left: times })
  }

  pauseAt(match: RequestMatch, when: 'before' | 'after' = 'after'): Pause {
    const pause: OpenPause = { match, when, taken: false, arrival: defer(), fate: defer() }
    this.#pauses.push(pause)
    const end = (fate: Fate) => {
      this.#pauses = this.#pauses.filter((each) => each !== pause)
      pause.fate.resolve(fate)
    }
    return {
      reached: (timeoutMs = 10_000) => inTime(pause.arrival.promise, timeoutMs),
      release: () => end('send'),
      drop: () => end('drop'),
    }
  }

  partialGraphql(
    alias: string,
    {
      times = 1,
      type = 'SERVICE_UNAVAILABLE',
      message = 'Something went wrong while executing your query.',
    }: { times?: number; type?: string; message?: string } = {},
  ): void {
    this.#partials.push({ alias: wildcard(alias), type, message, left: times })
  }

  clear(): void {
    this.latencyMs = 0
    this.#failures = []
    this.#drops = []
    this.#pauses = []
    this.#partials = []
    for (const { fate } of this.#pauses) fate.resolve('send')
    this.#pauses = []
  }

  /** The answer of a request that fails; null: it does not. */
  failureFor(request: SeenRequest): Answer | null {
    const open = this.#failures.find(({ failure, left }) => left > 0 && matches(failure.match, request))
    if (open === undefined) return null
    open.left -= 1
    const { status, body, headers = {}, retryAfter } = open.failure
    const all = { ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }), ...headers }
    if (typeof body === 'string') return textAnswer(status, body, { 'content-type': 'text/html', ...all })
    return jsonAnswer(
      status,
      body ?? { message: MESSAGES[status] ?? 'Server Error', status: String(status) },
      all,
    )
  }

  /** Waits where a test has said so. `drop`: the connection is to be closed without an answer. */
  async pass(request: SeenRequest, when: 'before' | 'after'): Promise<Fate> {
    const pause = this.#pauses.find(
      (each) => !each.taken && each.when === when && matches(each.match, request),
    )
    if (pause !== undefined) {
      pause.taken = true
      pause.arrival.resolve(request)
      if ((await pause.fate.promise) === 'drop') return 'drop'
    }
    if (when === 'before') return 'send'
    const drop = this.#drops.find(({ match, left }) => left > 0 && matches(match, request))
    if (drop === undefined) return 'send'
    drop.left -= 1
    return 'drop'
  }

  /** The errors of a partial GraphQL answer, by the top-level fields it has; empty: it is whole. */
  partialFor(aliases: readonly string[]): { alias: string; type: string; message: string }[] {
    return aliases
      .flatMap((alias) => {
        const open = this.#partials.find((each) => each.left > 0 && each.alias.test(alias))
        return open === undefined ? [] : [{ alias, open }]
      })
      .map(({ alias, open }, _index, all) => {
        // One answer uses up one, however many of its fields it is about.
        if (all.find((each) => each.open === open)?.alias === alias) open.left -= 1
        return { alias, type: open.type, message: open.message }
      })
  }
}

async function inTime<T>(promise: Promise<T>, timeoutMs: number): Promise<T> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(new Error(`No request came within ${timeoutMs} ms.`)), timeoutMs)
  })
  try {
    return await Promise.race([promise, late])
  } finally {
    clearTimeout(timer)
  }
}

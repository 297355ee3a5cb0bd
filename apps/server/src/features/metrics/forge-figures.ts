import { Gauge, type Registry } from 'prom-client'
import type { Github } from '../github/service.ts'
import type { Figures } from './queries.ts'

const DELIVERY_STATES = ['received', 'done', 'ignored', 'failed'] as const

/** The figures of forges: what is stored, and what GitHub answered to this process. */
export class ForgeFigures {
  readonly #github: Pick<Github, 'answers' | 'limits'> | null
  readonly #stored: Record<'watched' | 'age', Gauge>
  readonly #deliveries: Gauge<'state'>
  readonly #answers: Gauge<'resource' | 'status'>
  readonly #limits: Record<'left' | 'limit', Gauge<'resource'>>

  constructor(registry: Registry, github: Pick<Github, 'answers' | 'limits'> | null) {
    this.#github = github
    const registers = [registry]
    const gauge = <L extends string = never>(name: string, help: string, labelNames: L[] = []) =>
      new Gauge<L>({ name, help, labelNames, registers })
    this.#stored = {
      watched: gauge('optio_pull_requests_watched', 'Open pull requests on a forge that are watched.'),
      age: gauge(
        'optio_pull_request_look_age_seconds',
        'Time since the watched pull request was looked at that was not for longest.',
      ),
    }
    this.#deliveries = gauge(
      'optio_forge_deliveries_day',
      'Deliveries of GitHub in the last 24 hours, and what came of them.',
      ['state'],
    )
    this.#answers = gauge(
      'optio_forge_answers_total',
      'Answers of GitHub to this process, by what they count against and how they ended.',
      ['resource', 'status'],
    )
    this.#limits = {
      left: gauge(
        'optio_forge_points_left',
        'What is left of a limit of GitHub, of the credential with the least.',
        ['resource'],
      ),
      limit: gauge('optio_forge_points_limit', 'The whole of that limit.', ['resource']),
    }
  }

  describe({ watched, oldestLookSeconds, deliveries }: Figures): void {
    this.#stored.watched.set(watched)
    this.#stored.age.set(Math.max(0, oldestLookSeconds))
    for (const state of DELIVERY_STATES) this.#deliveries.set({ state }, deliveries[state] ?? 0)
  }

  /** Those that are stored are not known. */
  forget(): void {
    for (const each of Object.values(this.#stored)) each.remove()
    this.#deliveries.reset()
  }

  describeProcess(): void {
    for (const { resource, status, count } of this.#github?.answers() ?? []) {
      this.#answers.set({ resource, status }, count)
    }
    const most = [...(this.#github?.limits() ?? [])].sort((a, b) => b.remaining - a.remaining)
    // The one with the least is last, and stays.
    for (const { resource, remaining, limit } of most) {
      this.#limits.left.set({ resource }, remaining)
      this.#limits.limit.set({ resource }, limit)
    }
  }
}

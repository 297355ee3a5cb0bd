import type { CheckObservation } from '@optio/core'
import type { LocalPullRequest, LocalPullRequestStore, LocalReview } from '@optio/forges'

export interface MemoryStore extends LocalPullRequestStore {
  /** What `checks` answers. */
  checkItems: CheckObservation[]
  /** Called before each change; throw there to be a process that dies at that point. */
  beforeUpdate(change: Partial<LocalPullRequest>): void
  readonly pullRequests: Map<string, LocalPullRequest>
}

/** Keeps pull requests in memory, with the semantics the interface states. */
export function memoryStore(): MemoryStore {
  const pullRequests = new Map<string, LocalPullRequest>()
  const reviews: { repositoryId: string; number: number; review: LocalReview }[] = []
  const key = (repositoryId: string, number: number) => `${repositoryId}#${number}`
  const store: MemoryStore = {
    pullRequests,
    checkItems: [],
    beforeUpdate: () => {},
    openOrFind: async (repositoryId, wanted) => {
      const own = [...pullRequests].filter(([id]) => id.startsWith(`${repositoryId}#`)).map(([, pr]) => pr)
      const open = own.find((pr) => pr.state === 'open' && pr.headRef === wanted.headRef)
      if (open !== undefined) return open
      const number = own.length + 1
      const made: LocalPullRequest = {
        ...wanted,
        number,
        url: `http://optio.test/tasks/${wanted.runId}`,
        state: 'open',
        mergedSha: null,
        mergingSha: null,
        closedBy: null,
      }
      pullRequests.set(key(repositoryId, number), made)
      return made
    },
    get: async (repositoryId, number) => pullRequests.get(key(repositoryId, number)) ?? null,
    update: async (repositoryId, number, expectedState, change) => {
      store.beforeUpdate(change)
      const found = pullRequests.get(key(repositoryId, number))
      if (found?.state !== expectedState) return false
      pullRequests.set(key(repositoryId, number), { ...found, ...change })
      return true
    },
    checks: async () => ({ required: true, items: store.checkItems }),
    reviews: async (repositoryId, number) =>
      reviews
        .filter((each) => each.repositoryId === repositoryId && each.number === number)
        .map((each) => each.review),
    addReview: async (repositoryId, number, review) => {
      const made = { ...review, id: `review-${reviews.length + 1}`, submittedAt: Date.now() }
      reviews.push({ repositoryId, number, review: made })
      return made
    },
    comments: async () => [],
  }
  return store
}

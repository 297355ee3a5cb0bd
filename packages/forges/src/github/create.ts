import type { Forge } from '../forge.ts'
import { filePatchOf } from '../from-mirror/file-patch.ts'
import { answerThread } from './answer-thread.ts'
import { closePullRequest } from './close.ts'
import { connectRepository } from './connect.ts'
import type { GithubContext } from './context.ts'
import type { CredentialFor } from './credential.ts'
import { deleteBranch } from './delete-branch.ts'
import { pullRequestDetails } from './details.ts'
import type { GithubClient } from './http/client.ts'
import { createRepositoryIdentity, type RepositoryIdentity } from './identity.ts'
import { createIssues } from './issues/index.ts'
import { mergePullRequest } from './merge.ts'
import { createGithubMirror } from './mirror.ts'
import { createObserver } from './observe/index.ts'
import { openPullRequest } from './open.ts'
import { publishBranch } from './publish.ts'
import { readPull } from './pull.ts'
import { submitReview } from './review.ts'
import { readRootFiles } from './root-files.ts'
import { pullRequestTemplate } from './template.ts'

export interface GithubForgeOptions {
  /** From `createGithubClient`: one for all there is to do with this server, so that its limits are known in one place. */
  readonly client: GithubClient
  readonly credentialFor: CredentialFor
  /** Left out, a repository without a number of its own is taken for what is found under its name. */
  readonly identity?: RepositoryIdentity
  /** Milliseconds since the epoch. */
  readonly now?: () => number
  /** See `ObserverOptions`. */
  readonly unknownRetryMs?: number
  readonly checksGraceMs?: number
}

/** The forge of one GitHub: github.com, or a server of one's own. */
export function createGithubForge(options: GithubForgeOptions): Forge {
  const { client, credentialFor, now = Date.now, unknownRetryMs, checksGraceMs } = options
  const { addresses } = client
  const identity = options.identity ?? createRepositoryIdentity(client)
  const mirror = createGithubMirror({ addresses, credentialFor, identity, now })
  const context: GithubContext = { client, identity, mirror }
  const observer = createObserver(client, {
    refreshMirror: mirror.refresh,
    identity,
    now,
    ...(unknownRetryMs === undefined ? {} : { unknownRetryMs }),
    ...(checksGraceMs === undefined ? {} : { checksGraceMs }),
  })
  return {
    platform: 'github',
    verdictsAreOurs: true,
    connect: async (repoUrl, workspaceId = '') => await connectRepository(context, repoUrl, workspaceId),
    refreshMirror: async (repository) => await mirror.refresh(repository),
    branchHead: async (repository, branch) => await mirror.branchHead(repository, branch),
    rootFiles: async (repository, branch, wanted) => await readRootFiles(context, repository, branch, wanted),
    publish: async (repository, request) => await publishBranch(context, repository, request),
    openPullRequest: async (repository, request) => await openPullRequest(context, repository, request),
    observe: async (repository, number) => await observer.observe(repository, number),
    observeMany: async (asked) => await observer.observeMany(asked),
    details: async (repository, number) => await pullRequestDetails(context, observer, repository, number),
    filePatch: async (repository, number, path) => {
      const commits = await readPull(client, repository, number, 'person')
      await mirror.holding(repository, [commits.baseSha, commits.headSha])
      return await filePatchOf(repository.mirrorDir, commits, path)
    },
    merge: async (repository, request) => await mergePullRequest(context, repository, request),
    close: async (repository, number) => await closePullRequest(context, repository, number),
    review: async (repository, number, review) => await submitReview(context, repository, number, review),
    deleteBranch: async (repository, branch) => await deleteBranch(context, repository, branch),
    answerThread: async (repository, number, answer) =>
      await answerThread(context, repository, number, answer),
    pullRequestTemplate: async (repository) => await pullRequestTemplate(context, repository),
    limits: () => client.limits(),
    issues: createIssues(client, identity),
  }
}

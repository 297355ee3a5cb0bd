import {
  type ConnectRepo,
  type Detected,
  type EditRepo,
  type ListReposQuery,
  OptioError,
} from '@optio/contract'
import type { Forge, RepositoryRef } from '@optio/forges'
import type { Database, Queries } from '../../database/connection.ts'
import { nameOnForge } from '../../engine/observe.ts'
import { askForgeAgain } from '../../engine/watch/rows.ts'
import type { Identity } from '../../http/authorize.ts'
import { askForge } from '../forge-call.ts'
import { dropIssues, keepIssues, readFailedAgain } from '../issues/sync/progress.ts'
import { type Page, pageOf, placeOf } from '../newest-first.ts'
import { requireAgentSecrets } from '../secrets/agent-secrets.ts'
import { detectSettings, WANTED_FILES } from './detect.ts'
import { moveConnected } from './forge-id.ts'
import {
  createAddressLookup,
  findNamingSecrets,
  findRepositories,
  findRepository,
  findRepositoryId,
  insertRepository,
  listRepositories,
  type RepositoryRow,
  reviveRepository,
  updateRepository,
} from './queries.ts'
import { givenSettings, requireReadableTemplates, requireUsableAgent } from './settings.ts'

export interface RepoDeps {
  readonly database: Database
  readonly forgeFor: (platform: Forge['platform']) => Forge
  /** The address of a repository on GitHub, however it was spelled, but for its case; null for any other. Left out where there is none. */
  readonly githubUrl?: (repoUrl: string) => string | null
  /** Absolute path of a repository's bare mirror on this host. */
  readonly mirrorDir: (repositoryId: string) => string
  /** Agents this server can run. */
  readonly agentTypes: ReadonlySet<string>
  /** PATH that agents are looked for on. */
  readonly path: string
  /** Runs of the repository that are not finished. */
  readonly unfinishedRunIds: (workspaceId: string, repositoryId: string) => Promise<readonly string[]>
  readonly wake: (runId: string) => Promise<void>
}

export interface RepoService {
  /** `id` is for one that was never connected before. */
  connect(identity: Identity, body: ConnectRepo, id: string): Promise<RepositoryRow>
  list(identity: Identity, query: ListReposQuery): Promise<Page<RepositoryRow>>
  /** Throws REPO_NOT_FOUND for one that is not connected in this workspace. */
  get(identity: Identity, id: string): Promise<RepositoryRow>
  edit(identity: Identity, id: string, body: EditRepo): Promise<RepositoryRow>
  /** Throws REPO_IN_USE while it has unfinished runs. Deletes nothing on disk. */
  disconnect(identity: Identity, id: string): Promise<void>
  /** What the files on its default branch suggest; nothing is changed. */
  detect(identity: Identity, id: string): Promise<Detected>
  /** The connected repository of an address in any spelling; null when there is none. */
  findByUrl(workspaceId: string, repoUrl: string): Promise<RepositoryRow | null>
  /** The spelling in which tasks have it; an address that is not connected stays as it is and finds what it finds. */
  canonicalUrl(workspaceId: string, repoUrl: string): Promise<string>
  /** Also of a disconnected one, which lists still speak of; null when there is none at this address. */
  idByUrl(workspaceId: string, repoUrl: string): Promise<string | null>
  /** Throws REPO_NOT_CONNECTED where there is none, or no address was given. */
  requireByUrl(workspaceId: string, repoUrl: string | null | undefined): Promise<RepositoryRow>
  /** Also disconnected ones, by id; in a transaction with its connection. */
  byIds(
    workspaceId: string,
    ids: readonly string[],
    db?: Queries,
  ): Promise<ReadonlyMap<string, RepositoryRow>>
  /** Those whose agents are given one of these secrets. */
  namingSecrets: (workspaceId: string, names: readonly string[]) => ReturnType<typeof findNamingSecrets>
  forgeOf(row: Pick<RepositoryRow, 'gitPlatform'>): Forge
  refOf(row: RepositoryRow): RepositoryRef
  /** Throws BRANCH_NOT_FOUND when the repository has no such branch, and had none a second ago. */
  requireBranch(row: RepositoryRow, branch: string): Promise<void>
}

/** For so long a branch that was seen counts as there, in milliseconds: looking costs a process each time. */
const BRANCH_SEEN_MS = 1_000

/** An address of another machine. GitHub is the one forge there is; it says itself when an address is none of its own. */
const REMOTE = /^(?:https?|ssh|git|git\+ssh):\/\/|^[\w.-]+@[^/]+:/i

export function createRepoService(deps: RepoDeps): RepoService {
  const { orm } = deps.database
  const byAddress = createAddressLookup(orm)

  const forgeByUrl = (repoUrl: string): Forge => deps.forgeFor(REMOTE.test(repoUrl) ? 'github' : 'local')

  /** When each was last looked for and found, the one that is longest ago first. */
  const branchSeen = new Map<string, number>()
  /** What is being looked for. */
  const branchLooks = new Map<string, Promise<void>>()

  const service: RepoService = {
    async connect({ workspaceId }, body, id) {
      const settings = givenSettings(body)
      const forge = forgeByUrl(body.repoUrl)
      const found = await askForge(() => forge.connect(body.repoUrl, workspaceId))
      requireReadableTemplates(settings)
      requireAgentSecrets(body.agentSecrets)
      await requireUsableAgent(settings, deps)
      const facts = {
        fullName: body.fullName ?? found.fullName,
        defaultBranch: body.defaultBranch ?? found.defaultBranch,
        isPrivate: body.isPrivate ?? found.isPrivate,
        forgeId: found.forgeId ?? null,
      }
      const row = { id, workspaceId, repoUrl: found.repoUrl, gitPlatform: forge.platform, ...facts }
      const ref = { ...row, fullName: found.fullName, mirrorDir: deps.mirrorDir(row.id) }
      if (body.defaultBranch !== undefined) await requireBranch(forge, ref, body.defaultBranch)
      const connected = await deps.database.transaction(async (tx) => {
        const moved = await moveConnected(tx, workspaceId, found, { ...facts, ...settings })
        if (moved !== null) {
          await askForgeAgain(tx)
          await readFailedAgain(tx)
        }
        const made =
          moved ??
          (await insertRepository(tx, { ...row, ...settings })) ??
          (await reviveRepository(tx, workspaceId, found.repoUrl, { ...facts, ...settings }))
        if (made !== null && forge.issues !== undefined) await keepIssues(tx, made)
        return made
      })
      if (connected !== null) return connected
      const there = await findRepository(orm, workspaceId, { repoUrl: found.repoUrl })
      const isOther = there?.forgeId != null && there.forgeId !== found.forgeId
      const words = isOther
        ? `${found.repoUrl} is connected already, and was another repository then. Disconnect it, then connect the one that has its name now.`
        : `${found.repoUrl} is connected already.`
      throw new OptioError('REPO_ALREADY_CONNECTED', words, { details: { repoId: there?.id ?? null } })
    },

    async list({ workspaceId }, query) {
      return pageOf(await listRepositories(orm, workspaceId, query), query, placeOf)
    },

    async get({ workspaceId }, id) {
      return (await findRepository(orm, workspaceId, { id })) ?? notFound(id)
    },

    async edit(identity, id, body) {
      const before = await service.get(identity, id)
      const settings = givenSettings(body)
      requireReadableTemplates(settings)
      requireAgentSecrets(body.agentSecrets)
      await requireUsableAgent(settings, deps)
      if (body.defaultBranch !== undefined) await service.requireBranch(before, body.defaultBranch)
      const change = {
        ...settings,
        ...(body.fullName === undefined ? {} : { fullName: body.fullName }),
        ...(body.defaultBranch === undefined ? {} : { defaultBranch: body.defaultBranch }),
        ...(body.isPrivate === undefined ? {} : { isPrivate: body.isPrivate }),
      }
      if (Object.keys(change).length === 0) return before
      const edited = (await updateRepository(orm, identity.workspaceId, id, change)) ?? notFound(id)
      // A limit or a policy may be what they wait for; those that are not woken look again by themselves.
      for (const runId of await deps.unfinishedRunIds(identity.workspaceId, id)) await deps.wake(runId)
      return edited
    },

    async disconnect(identity, id) {
      const { repoUrl } = await service.get(identity, id)
      const { length } = await deps.unfinishedRunIds(identity.workspaceId, id)
      if (length > 0) {
        const tasks = length === 1 ? 'a task that is' : `${length} tasks that are`
        throw new OptioError(
          'REPO_IN_USE',
          `${repoUrl} has ${tasks} not finished. Cancel or finish them, then disconnect it.`,
          { details: { unfinished: length } },
        )
      }
      await deps.database.transaction(async (tx) => {
        await updateRepository(tx, identity.workspaceId, id, { disconnectedAt: new Date() })
        await dropIssues(tx, id)
      })
    },

    async detect(identity, id) {
      const row = await service.get(identity, id)
      const forge = service.forgeOf(row)
      return detectSettings(
        await askForge(() => forge.rootFiles(service.refOf(row), row.defaultBranch, WANTED_FILES)),
      )
    },

    async findByUrl(workspaceId, repoUrl) {
      const exact = await byAddress(workspaceId, repoUrl)
      if (exact !== null) return exact
      if (REMOTE.test(repoUrl)) {
        const canonical = deps.githubUrl?.(repoUrl) ?? null
        return canonical === null ? null : await findRepository(orm, workspaceId, { anyCase: canonical })
      }
      const canonical = await deps
        .forgeFor('local')
        .connect(repoUrl)
        .then(
          (facts) => facts.repoUrl,
          // What cannot be opened is not connected under another spelling either.
          () => null,
        )
      return canonical === null ? null : await findRepository(orm, workspaceId, { repoUrl: canonical })
    },

    canonicalUrl: async (workspaceId, repoUrl) =>
      (await service.findByUrl(workspaceId, repoUrl))?.repoUrl ?? repoUrl,

    async idByUrl(workspaceId, repoUrl) {
      const known = await findRepositoryId(orm, workspaceId, repoUrl)
      return known ?? (await service.findByUrl(workspaceId, repoUrl))?.id ?? null
    },

    async requireByUrl(workspaceId, repoUrl) {
      if (repoUrl == null) {
        throw new OptioError('REPO_NOT_CONNECTED', 'Give repoUrl: the address of a connected repository.')
      }
      const repository = await service.findByUrl(workspaceId, repoUrl)
      if (repository !== null) return repository
      throw new OptioError(
        'REPO_NOT_CONNECTED',
        `${JSON.stringify(repoUrl.slice(0, 300))} is not connected. Connect it first (POST /api/repos).`,
      )
    },

    async byIds(workspaceId, ids, db = orm) {
      const rows = await findRepositories(db, workspaceId, [...new Set(ids)])
      return new Map(rows.map((row) => [row.id, row]))
    },

    namingSecrets: (workspaceId, names) => findNamingSecrets(orm, workspaceId, names),

    forgeOf: ({ gitPlatform }) => deps.forgeFor(gitPlatform),

    refOf: (row) => ({
      id: row.id,
      workspaceId: row.workspaceId,
      repoUrl: row.repoUrl,
      fullName: nameOnForge(row),
      forgeId: row.forgeId,
      defaultBranch: row.defaultBranch,
      mirrorDir: deps.mirrorDir(row.id),
    }),

    async requireBranch(row, branch) {
      // Known since it was connected: a task can be made while its forge gives no answer.
      if (row.gitPlatform !== 'local' && branch === row.defaultBranch) return
      const key = `${row.id} ${branch}`
      const now = performance.now()
      if (now - (branchSeen.get(key) ?? Number.NEGATIVE_INFINITY) < BRANCH_SEEN_MS) return
      const look = () => requireBranch(service.forgeOf(row), service.refOf(row), branch)
      const underWay = branchLooks.get(key)
      // What others are about to find is there. What they do not find may have come since they began to look.
      if (underWay !== undefined) return await underWay.catch(look)
      const own = look().finally(() => branchLooks.delete(key))
      branchLooks.set(key, own)
      await own
      branchSeen.delete(key)
      branchSeen.set(key, now)
      for (const [oldest, at] of branchSeen) {
        if (now - at < BRANCH_SEEN_MS) break
        branchSeen.delete(oldest)
      }
    },
  }
  return service
}

async function requireBranch(forge: Forge, ref: RepositoryRef, branch: string): Promise<void> {
  if ((await askForge(() => forge.branchHead(ref, branch))) !== null) return
  throw new OptioError(
    'BRANCH_NOT_FOUND',
    `${ref.fullName} has no branch ${JSON.stringify(branch)}. Push it first.`,
  )
}

function notFound(id: string): never {
  throw new OptioError('REPO_NOT_FOUND', `There is no connected repository ${id}.`)
}

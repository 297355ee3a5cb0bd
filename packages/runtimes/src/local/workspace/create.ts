import { rm } from 'node:fs/promises'
import { AGENT_IDENTITY, createCoalescer, fetchMirror } from '@optio/git'
import { prepareCheckout } from './checkout.ts'
import { prepareClone } from './clone.ts'
import { moveAlongCommand, takeOverCommand } from './clone-commands.ts'
import type { CoAuthor } from './co-author-trailer.ts'
import { sayDiskFull } from './disk-full.ts'
import { prepareEmpty } from './empty.ts'
import { removeKept } from './kept.ts'
import { layoutOf } from './layout.ts'
import { collectProposal } from './proposal.ts'
import { isClone, readRecord, readRecordSync, writeRecord } from './record.ts'
import { removeTree } from './remove-tree.ts'
import { prepareReviewCheckout } from './review-checkout.ts'
import { setAside } from './set-aside.ts'
import { parseStatus, STATUS_COMMAND } from './status.ts'
import { createTurns } from './turns.ts'
import { holdsUnsavedWork } from './unsaved.ts'
import type { Workspaces } from './workspace.ts'

/** Clones and checkouts that are written at the same time. */
const WRITERS = 2

/** Workspaces below `dataDir` on this machine. Any number of processes may have one over the same directory. */
export function createLocalWorkspaces(options: {
  readonly dataDir: string
  /** Who is the author of what agents commit. */
  readonly author?: CoAuthor
}): Workspaces {
  const author = options.author ?? AGENT_IDENTITY
  const agentEmails = [author.email, AGENT_IDENTITY.email]
  const layout = layoutOf(options.dataDir)
  const inTurn = createTurns(WRITERS)
  const freshen = createCoalescer()
  return {
    mirrorDir: (repositoryId) => layout.mirror(repositoryId),
    refreshMirror: async (repository) => {
      const mirrorDir = layout.mirror(repository.id)
      const fetch = () => fetchMirror({ mirrorDir, upstream: repository.repoUrl })
      await sayDiskFull(() => freshen(mirrorDir, fetch))
    },
    paths: (runId) => layout.environment(runId),
    prepareClone: async (request) => {
      const paths = layout.environment(request.runId)
      const { repositoryId, branch, baseRef } = request
      const mirrorDir = layout.mirror(repositoryId)
      return await sayDiskFull(async () => {
        await writeRecord(layout.record(request.runId), { repositoryId, branch, baseRef })
        return await inTurn(() => prepareClone({ ...request, author }, paths, mirrorDir))
      })
    },
    prepareEmpty: async (runId) => await sayDiskFull(() => prepareEmpty(layout, runId)),
    prepareReviewCheckout: async (request) =>
      await sayDiskFull(() => inTurn(() => prepareReviewCheckout(layout, request))),
    refreshCloneCommand: (runId) => {
      const record = readRecordSync(layout.record(runId))
      return [
        'git',
        '-C',
        layout.environment(runId).clone,
        'fetch',
        '--quiet',
        '--prune',
        '--no-tags',
        '--end-of-options',
        // By path: the agent may have pointed `origin` elsewhere.
        record === null || !isClone(record) ? 'origin' : layout.mirror(record.repositoryId),
        '+refs/heads/*:refs/remotes/origin/*',
      ]
    },
    takeOverCommand: (runId, branch, published) =>
      takeOverCommand(layout.environment(runId).clone, branch, published),
    moveAlongCommand: (runId, { repositoryId, ...request }) =>
      moveAlongCommand(layout.environment(runId).clone, layout.mirror(repositoryId), request),
    statusCommand: () => STATUS_COMMAND,
    parseStatus,
    collectProposal: async (request) => {
      const { clone } = layout.environment(request.runId)
      const mirrorDir = layout.mirror(request.repositoryId)
      const { scratch } = layout
      return await sayDiskFull(() => collectProposal({ ...request, clone, mirrorDir, scratch, agentEmails }))
    },
    prepareCheckout: async ({ checkoutId, repositoryId, commit }) => {
      const [directory, mirrorDir] = [layout.checkout(checkoutId), layout.mirror(repositoryId)]
      return await sayDiskFull(() => inTurn(() => prepareCheckout(directory, mirrorDir, commit)))
    },
    removeCheckout: async (checkoutId) => await removeTree(layout.checkout(checkoutId), layout.scratch),
    setAside: async (runId) => await sayDiskFull(() => setAside(layout, runId)),
    removeKept: async ({ before }) => await removeKept(layout, before),
    remove: async (runId) => {
      await removeTree(layout.environment(runId).root, layout.scratch)
      await rm(layout.record(runId), { force: true })
    },
    holdsUnsavedWork: async (runId) => {
      const { clone } = layout.environment(runId)
      const record = await readRecord(layout.record(runId))
      if (record !== null && !isClone(record)) return false
      // Without a record nothing says which mirror the work would be in.
      const mirrorDir = record === null ? layout.scratch : layout.mirror(record.repositoryId)
      return await holdsUnsavedWork({ clone, mirrorDir, scratch: layout.scratch })
    },
  }
}

import { isPull } from '../deeds/labels.ts'
import type { Issue, IssueEvent } from '../state/issue.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode, commentNode, labelNode } from './account-nodes.ts'
import { commitNode } from './commit-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'

interface Item {
  readonly id: number
  /** As `itemTypes` names it. */
  readonly type: string
  readonly node: () => object
}

const TYPES = {
  closed: 'ClosedEvent',
  reopened: 'ReopenedEvent',
  merged: 'MergedEvent',
  labeled: 'LabeledEvent',
  unlabeled: 'UnlabeledEvent',
  assigned: 'AssignedEvent',
  unassigned: 'UnassignedEvent',
} as const

/** The history of an issue or pull request: its events and comments. */
export function timeline(context: Context, repository: Repository, issue: Issue) {
  return ({ itemTypes, ...page }: PageArguments & { itemTypes?: readonly string[] | null }) => {
    const items: Item[] = [
      ...issue.events.map((event) => ({
        id: event.id,
        type: `${event.event.toUpperCase()}_EVENT`,
        node: () => eventNode(context, repository, issue, event),
      })),
      ...issue.comments.map((comment) => ({
        id: comment.id,
        type: 'ISSUE_COMMENT',
        node: () => commentNode(context.world, repository, issue, comment),
      })),
    ].sort((a, b) => a.id - b.id)
    const asked = items.filter(({ type }) => !itemTypes || itemTypes.includes(type))
    const shown = connection(page, { items: asked, key: ({ id }) => id, node: ({ node }) => node() })
    return { ...shown, filteredCount: asked.length, updatedAt: issue.updatedAt }
  }
}

function eventNode(context: Context, repository: Repository, issue: Issue, event: IssueEvent) {
  const commit = () => (event.commitId === null ? null : commitNode(context, repository, event.commitId))
  return {
    __typename: TYPES[event.event],
    id: nodeId('IssueEvent', event.id),
    actor: actorNode(context.world, event.actor),
    createdAt: event.createdAt,
    label: event.label === null ? null : labelNode(event.label),
    stateReason: event.event === 'closed' && issue.pull === null ? 'COMPLETED' : null,
    mergeRefName: issue.pull?.baseRef ?? null,
    commit,
    closer: () => {
      const closer = event.closer === null ? undefined : repository.issues.get(event.closer)
      return closer !== undefined && isPull(closer)
        ? context.nodes.pull(context, repository, closer)
        : commit()
    },
  }
}

import { latestStatuses } from '../deeds/check-states.ts'
import { commitOf } from '../deeds/relations.ts'
import type { CommitFacts } from '../git/history.ts'
import { userByEmail } from '../rest/views/commits.ts'
import { webUrlOf } from '../rest/views/repositories.ts'
import type { CheckSuite } from '../state/check.ts'
import { nodeId } from '../state/node-id.ts'
import type { Repository } from '../state/repository.ts'
import { actorNode } from './account-nodes.ts'
import { checkSuiteNode, rollupNode, statusNode } from './check-nodes.ts'
import { connection, type PageArguments } from './connection.ts'
import type { Context } from './context.ts'

/** A commit. Git is asked only when something of it is asked for that only git knows. */
export function commitNode(context: Context, repository: Repository, sha: string, known?: CommitFacts) {
  let read: Promise<CommitFacts> | undefined
  const facts = () => {
    read ??= known === undefined ? commitOf(repository, sha) : Promise.resolve(known)
    return read
  }
  const person = ({ name, email, date }: CommitFacts['author']) => {
    const user = userByEmail(context.world, email)
    return { name, email, date, user: user === null ? null : actorNode(context.world, user) }
  }
  const url = `${webUrlOf(context.world, repository)}/commit/${sha}`
  return {
    __typename: 'Commit',
    id: nodeId('Commit', sha),
    oid: sha,
    abbreviatedOid: sha.slice(0, 7),
    url,
    commitUrl: url,
    message: async () => (await facts()).message,
    messageHeadline: async () => (await facts()).message.split('\n')[0],
    messageBody: async () => (await facts()).message.split('\n').slice(2).join('\n'),
    authoredDate: async () => (await facts()).author.date,
    committedDate: async () => (await facts()).committer.date,
    author: async () => person((await facts()).author),
    committer: async () => person((await facts()).committer),
    parents: (page: PageArguments) =>
      connection<string>(page, {
        items: async () => (await facts()).parents,
        key: (parent) => parent,
        node: (parent) => commitNode(context, repository, parent),
      }),
    statusCheckRollup: () => rollupNode(context, repository, sha),
    status: () => {
      const contexts = latestStatuses(repository, sha)
      return contexts.length === 0
        ? null
        : { contexts: contexts.map((each) => statusNode(context, repository, each)) }
    },
    checkSuites: (page: PageArguments) =>
      connection<CheckSuite>(page, {
        items: repository.suites.get(sha) ?? [],
        key: ({ id }) => id,
        node: (suite) => checkSuiteNode(context, repository, suite),
      }),
  }
}

export function refNode(context: Context, repository: Repository, branch: string) {
  const sha = repository.branches.get(branch)
  if (sha === undefined) return null
  return {
    __typename: 'Ref',
    id: nodeId('Ref', Buffer.from(branch).toString('hex')),
    name: branch,
    prefix: 'refs/heads/',
    target: () => commitNode(context, repository, sha),
    branchProtectionRule: () => {
      const rules = repository.protections.get(branch)
      return rules === undefined
        ? null
        : {
            pattern: branch,
            requiresApprovingReviews: rules.requiredReviews > 0,
            requiredApprovingReviewCount: rules.requiredReviews,
            requiresStatusChecks: rules.requiredChecks.length > 0,
            requiredStatusCheckContexts: rules.requiredChecks,
            requiresStrictStatusChecks: rules.strict,
            requiresConversationResolution: rules.requireConversationResolution,
            dismissesStaleReviews: rules.dismissStaleReviews,
            isAdminEnforced: rules.enforceAdmins,
          }
    },
  }
}

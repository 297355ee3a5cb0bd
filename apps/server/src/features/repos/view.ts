import type { Repo } from '@optio/contract'
import { formatUsd, parseUsd } from '@optio/core'
import type { RepositoryRow } from './queries.ts'

export function toRepo(row: RepositoryRow): Repo {
  return {
    id: row.id,
    workspaceId: row.workspaceId,
    repoUrl: row.repoUrl,
    gitPlatform: row.gitPlatform,
    fullName: row.fullName,
    defaultBranch: row.defaultBranch,
    isPrivate: row.isPrivate,
    defaultAgentType: row.defaultAgentType,
    agentCommand: row.agentCommand,
    model: row.model,
    maxTurnsCoding: row.maxTurnsCoding,
    setupCommands: row.setupCommands,
    testCommand: row.testCommand,
    autoMerge: row.autoMerge,
    mergeMethod: row.mergeMethod,
    cautiousMode: row.cautiousMode,
    autoResume: row.autoResume,
    maxAutoResumes: row.maxAutoResumes,
    maxConcurrentTasks: row.maxConcurrentTasks,
    stallThresholdMs: row.stallThresholdMs,
    maxAttemptMs: row.maxAttemptMs,
    budgetUsd: formatAmount(row.budgetUsd),
    promptTemplateOverride: row.promptTemplateOverride,
    reviewEnabled: row.reviewEnabled,
    reviewTrigger: row.reviewTrigger,
    reviewAgentType: row.reviewAgentType,
    reviewModel: row.reviewModel,
    reviewPromptTemplate: row.reviewPromptTemplate,
    maxTurnsReview: row.maxTurnsReview,
    maxReviewRounds: row.maxReviewRounds,
    onDependencyFailure: row.onDependencyFailure,
    deleteBranchOnMerge: row.deleteBranchOnMerge,
    closeOnCancel: row.closeOnCancel,
    closeIssueOnMerge: row.closeIssueOnMerge,
    requestsFrom: row.requestsFrom,
    agentSecrets: row.agentSecrets,
    createdAt: row.createdAt.toISOString(),
    updatedAt: row.updatedAt.toISOString(),
  }
}

/** As the database writes it (nine decimals) to as people do. */
export function formatAmount(amount: string): string
export function formatAmount(amount: string | null): string | null
export function formatAmount(amount: string | null): string | null {
  return amount === null ? null : formatUsd(parseUsd(amount) ?? 0n)
}

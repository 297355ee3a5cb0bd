import { DEFAULT_STALL_THRESHOLD_MS, type RunPolicy } from '@optio/core'
import type { repositories } from '../database/schema/index.ts'
import type { EngineConfig } from './context.ts'

type Repository = typeof repositories.$inferSelect

/** The repository's settings as rules read them. */
export function policyOf(
  repository: Repository | null,
  { retryBaseMs, checksGraceMs }: Pick<EngineConfig, 'retryBaseMs' | 'checksGraceMs'>,
): RunPolicy {
  return {
    autoMerge: repository?.autoMerge ?? false,
    mergeMethod: repository?.mergeMethod ?? 'squash',
    cautiousMode: repository?.cautiousMode ?? false,
    autoResume: repository?.autoResume ?? true,
    maxAutoResumes: repository?.maxAutoResumes ?? 10,
    stallThresholdMs: repository?.stallThresholdMs ?? DEFAULT_STALL_THRESHOLD_MS,
    retryBaseMs,
    onDependencyFailure: repository?.onDependencyFailure ?? 'fail',
    review: reviewPolicyOf(repository),
    checksGraceMs,
    // Branches of a repository of this machine are its owner's to delete.
    deleteBranchOnMerge:
      repository !== null && repository.gitPlatform !== 'local' && repository.deleteBranchOnMerge,
    closeOnCancel: repository?.closeOnCancel ?? false,
    closeIssueOnMerge: repository?.closeIssueOnMerge ?? false,
    requestsFrom: repository?.requestsFrom ?? 'anyone',
  }
}

export function reviewPolicyOf(repository: Repository | null): RunPolicy['review'] {
  if (!repository?.reviewEnabled) return null
  return { trigger: repository.reviewTrigger, maxRounds: repository.maxReviewRounds }
}

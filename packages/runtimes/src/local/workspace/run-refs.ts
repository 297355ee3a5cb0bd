/** Refs of a mirror that only Optio knows. Nothing there is ever pruned, so whatever one of them names stays. */
export const runRefs = {
  /**
   * Tip of what the agent of a run has proposed last on that branch. The branch is part of the name, because a run that is
   * begun afresh gets another branch and must not start with what it left behind.
   */
  proposal: (runId: string, branch: string) => `refs/optio/runs/${runId}/${branch}`,
  /** Work in environments that were set aside. */
  kept: (runId: string, name: string) => `refs/optio/kept/${runId}/${name}`,
  /** What was collected, where the proposal names a co-author and so is another commit. */
  collected: (runId: string, sha: string) => `refs/optio/collected/${runId}/${sha}`,
  /** Fetched from a clone and not judged yet. */
  incoming: (runId: string, name: string) => `refs/optio/incoming/${runId}/${name}`,
} as const

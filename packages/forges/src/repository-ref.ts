/** A connected repository, as forges are told of it. */
export interface RepositoryRef {
  readonly id: string
  readonly workspaceId: string
  readonly repoUrl: string
  readonly fullName: string
  readonly defaultBranch: string
  /** Absolute path of the bare mirror on this host. */
  readonly mirrorDir: string
}

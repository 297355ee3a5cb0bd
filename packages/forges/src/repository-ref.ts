/** A connected repository, as forges are told of it. */
export interface RepositoryRef {
  readonly id: string
  readonly workspaceId: string
  readonly repoUrl: string
  readonly fullName: string
  /** The forge's own number of it, which no other repository there ever has; null or left out where that is not known. */
  readonly forgeId?: number | null
  readonly defaultBranch: string
  /** Absolute path of the bare mirror on this host. */
  readonly mirrorDir: string
}

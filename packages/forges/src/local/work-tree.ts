/** A working tree of the upstream and the branch it is on (null when detached). */
export interface WorkTree {
  readonly path: string
  readonly branch: string | null
  /** Its directory is gone although git still counts it. */
  readonly prunable: boolean
}

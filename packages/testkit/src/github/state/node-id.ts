/** Kinds of things with a global id, and what their ids begin with. */
const PREFIXES = {
  User: 'U',
  Repository: 'R',
  Issue: 'I',
  PullRequest: 'PR',
  Label: 'LA',
  IssueComment: 'IC',
  PullRequestReview: 'PRR',
  PullRequestReviewComment: 'PRRC',
  PullRequestReviewThread: 'PRRT',
  CheckRun: 'CR',
  CheckSuite: 'CS',
  StatusContext: 'SC',
  StatusCheckRollup: 'SCR',
  WorkflowRun: 'WFR',
  Workflow: 'W',
  App: 'A',
  Commit: 'C',
  Ref: 'REF',
  ClosedEvent: 'CE',
  MergedEvent: 'ME',
  IssueEvent: 'IE',
  Blob: 'B',
} as const

export type NodeKind = keyof typeof PREFIXES

/** The global id of something, in the form GitHub gives them since 2021. */
export function nodeId(kind: NodeKind, id: number | string): string {
  return `${PREFIXES[kind]}_kwDO${typeof id === 'number' ? id.toString(36) : id}`
}

/** What a global id is of; null when it can't be one. Ids of commits, refs and blobs lead nowhere. */
export function readNodeId(value: string): { kind: NodeKind; id: number } | null {
  const match = /^([A-Z]+)_kwDO([0-9a-z]+)$/.exec(value)
  const kind = (Object.keys(PREFIXES) as NodeKind[]).find((name) => PREFIXES[name] === match?.[1])
  const id = Number.parseInt(match?.[2] ?? '', 36)
  return kind === undefined || Number.isNaN(id) ? null : { kind, id }
}

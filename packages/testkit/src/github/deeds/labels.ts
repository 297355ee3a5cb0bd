import type { User } from '../state/account.ts'
import type { Issue, IssueEvent, Label, PullIssue } from '../state/issue.ts'
import { invalid, notFound } from '../state/refusal.ts'
import type { Repository } from '../state/repository.ts'
import type { World } from '../state/world.ts'

/** Colour of labels that are made by being put on something. */
const PLAIN_COLOR = 'ededed'

export function isPull(issue: Issue): issue is PullIssue {
  return issue.pull !== null
}

/** Notes an event in the history of an issue. */
export function note(
  world: World,
  issue: Issue,
  event: IssueEvent['event'],
  actor: User,
  facts: Partial<Pick<IssueEvent, 'label' | 'commitId' | 'closer'>> = {},
): void {
  issue.events.push({
    id: world.id(),
    event,
    actor,
    createdAt: world.clock.iso(),
    label: null,
    commitId: null,
    closer: null,
    ...facts,
  })
}

export function touch(world: World, issue: Issue): void {
  issue.updatedAt = world.clock.iso()
}

export function createLabel(
  world: World,
  repository: Repository,
  wanted: { name: string; color?: string; description?: string | null },
  by: User,
): Label {
  const name = wanted.name.trim()
  if (name === '') throw invalid('Label', 'name', 'missing_field')
  if (name.length > 50)
    throw invalid('Label', 'name', 'invalid', 'name is too long (maximum is 50 characters)')
  const color = wanted.color ?? PLAIN_COLOR
  if (!/^[0-9a-fA-F]{6}$/.test(color)) throw invalid('Label', 'color', 'invalid')
  const key = name.toLowerCase()
  if (repository.labels.has(key)) throw invalid('Label', 'name', 'already_exists')
  const label = { id: world.id(), name, color: color.toLowerCase(), description: wanted.description ?? null }
  repository.labels.set(key, label)
  world.tell({ event: 'label', action: 'created', repository, by, label })
  return label
}

/** Puts labels on; those that do not exist are made, those that are on stay. */
export function addLabels(
  world: World,
  repository: Repository,
  issue: Issue,
  names: readonly string[],
  by: User,
): void {
  for (const name of names) {
    const label = repository.labels.get(name.toLowerCase()) ?? createLabel(world, repository, { name }, by)
    if (issue.labels.includes(label)) continue
    issue.labels = [...issue.labels, label]
    touch(world, issue)
    note(world, issue, 'labeled', by, { label })
    tellLabel(world, repository, issue, 'labeled', label, by)
  }
}

export function removeLabel(
  world: World,
  repository: Repository,
  issue: Issue,
  name: string,
  by: User,
): void {
  const label = issue.labels.find((each) => each.name.toLowerCase() === name.toLowerCase())
  if (label === undefined) throw notFound()
  issue.labels = issue.labels.filter((each) => each !== label)
  touch(world, issue)
  note(world, issue, 'unlabeled', by, { label })
  tellLabel(world, repository, issue, 'unlabeled', label, by)
}

function tellLabel(
  world: World,
  repository: Repository,
  issue: Issue,
  action: 'labeled' | 'unlabeled',
  label: Label,
  by: User,
): void {
  if (isPull(issue)) world.tell({ event: 'pull_request', action, repository, by, issue, label })
  else world.tell({ event: 'issues', action, repository, by, issue, label })
}

import type { Permission } from './control/account.ts'
import type { CheckPlan, CheckScript, CheckShown } from './control/checks.ts'
import type {
  BranchProtection,
  FakeRepository,
  FileChanges,
  IssueShown,
  NewCommit,
  NewIssue,
  NewPullRequest,
  NewReview,
  NewRuleset,
  PullRequestShown,
  RepositorySettings,
  ReviewShown,
} from './control/repository.ts'
import type { NewHook } from './control/webhooks.ts'
import { addChecks, shownChecks } from './deeds/checks.ts'
import { finishByHand, namedCommit, startByHand } from './deeds/checks-by-hand.ts'
import { addHook } from './deeds/hooks.ts'
import {
  addAssignees,
  addComment,
  closeIssue,
  editText,
  issueOf,
  openIssue,
  removeAssignees,
  reopenIssue,
} from './deeds/issues.ts'
import { addLabels, isPull, removeLabel } from './deeds/labels.ts'
import { mergePull } from './deeds/merging.ts'
import { closePull } from './deeds/pull-state.ts'
import { openPull, pullOf, reopenPull, requestReviewers, setDraft } from './deeds/pulls.ts'
import { deleteBranch, pushCommit } from './deeds/pushes.ts'
import {
  configure,
  deleteRepository,
  renameDefaultBranch,
  renameRepository,
  transferRepository,
} from './deeds/repositories.ts'
import { addReview, dismissReview, replyToThread, setResolved } from './deeds/reviews.ts'
import { wholeRules } from './deeds/rules.ts'
import { seedBranches } from './deeds/seeding.ts'
import { shownIssue, shownPull, shownReview } from './deeds/shown.ts'
import { namedThread } from './deeds/threads.ts'
import { inTurn } from './deeds/turn.ts'
import { git } from './git/process.ts'
import { readFileAt } from './git/tree.ts'
import { webUrlOf } from './rest/views/repositories.ts'
import type { User } from './state/account.ts'
import type { Issue, PullIssue } from './state/issue.ts'
import type { ReviewThread } from './state/pull-request.ts'
import { fullNameOf, type Repository } from './state/repository.ts'
import type { World } from './state/world.ts'

/** What people do in a repository, for tests: the deeds that REST and GraphQL do, by name. */
export class RepositoryControl implements FakeRepository {
  readonly #world: World
  readonly #repository: Repository

  constructor(world: World, repository: Repository) {
    this.#world = world
    this.#repository = repository
  }

  get id(): number {
    return this.#repository.id
  }

  get owner(): string {
    return this.#repository.owner.login
  }

  get name(): string {
    return this.#repository.name
  }

  get fullName(): string {
    return fullNameOf(this.#repository)
  }

  get defaultBranch(): string {
    return this.#repository.defaultBranch
  }

  get url(): string {
    return webUrlOf(this.#world, this.#repository)
  }

  get cloneUrl(): string {
    return `${this.url}.git`
  }

  get gitDir(): string {
    return this.#repository.gitDir
  }

  allow(login: string, permission: Permission): void {
    this.#repository.permissions.set(this.#world.user(login).id, permission)
  }

  configure(settings: RepositorySettings): void {
    configure(this.#repository, settings)
  }

  setPrivate(isPrivate: boolean): void {
    this.#repository.isPrivate = isPrivate
    const action = isPrivate ? 'privatized' : 'publicized'
    this.#world.tell({ event: 'repository', action, repository: this.#repository, by: this.#owner })
  }

  archive(archived = true): void {
    this.#repository.archived = archived
    const action = archived ? 'archived' : 'unarchived'
    this.#world.tell({ event: 'repository', action, repository: this.#repository, by: this.#owner })
  }

  delete(): void {
    deleteRepository(this.#world, this.#repository)
  }

  rename(name: string): void {
    renameRepository(this.#world, this.#repository, name, this.#owner)
  }

  transfer(owner: string): void {
    transferRepository(this.#world, this.#repository, owner)
  }

  async renameDefaultBranch(name: string): Promise<void> {
    await renameDefaultBranch(this.#world, this.#repository, name)
  }

  async commit(commit: NewCommit): Promise<string> {
    return await pushCommit(this.#world, this.#repository, commit)
  }

  async seedBranches(
    branches: readonly { readonly branch: string; readonly files: FileChanges }[],
  ): Promise<void> {
    await seedBranches(this.#world, this.#repository, branches)
  }

  async deleteBranch(branch: string, by?: string): Promise<void> {
    await inTurn(this.#repository, () => deleteBranch(this.#world, this.#repository, branch, this.#user(by)))
  }

  branchHead(branch: string): string | null {
    return this.#repository.branches.get(branch) ?? null
  }

  branches(): readonly string[] {
    return [...this.#repository.branches.keys()].sort()
  }

  async file(ref: string, path: string): Promise<string | null> {
    return await readFileAt(this.gitDir, this.branchHead(ref) ?? ref, path)
  }

  async git(...args: string[]): Promise<string> {
    return await git(this.gitDir, args)
  }

  openIssue({ state = 'open', by, ...wanted }: NewIssue): IssueShown {
    const user = this.#user(by)
    const issue = openIssue(this.#world, this.#repository, wanted, user)
    if (state === 'closed') closeIssue(this.#world, this.#repository, issue, user)
    return shownIssue(issue)
  }

  issue(number: number): IssueShown {
    return shownIssue(this.#issue(number))
  }

  issues(): readonly IssueShown[] {
    return [...this.#repository.issues.values()].filter((issue) => !isPull(issue)).map(shownIssue)
  }

  closeIssue(number: number, by?: string): void {
    closeIssue(this.#world, this.#repository, this.#issue(number), this.#user(by))
  }

  reopenIssue(number: number, by?: string): void {
    reopenIssue(this.#world, this.#repository, this.#issue(number), this.#user(by))
  }

  editIssue(number: number, change: { title?: string; body?: string }, by?: string): void {
    editText(this.#world, this.#repository, this.#issue(number), change, this.#user(by))
  }

  assignIssue(number: number, logins: readonly string[], by?: string): void {
    const issue = this.#issue(number)
    const gone = issue.assignees.map(({ login }) => login).filter((login) => !logins.includes(login))
    removeAssignees(this.#world, this.#repository, issue, gone, this.#user(by))
    addAssignees(this.#world, this.#repository, issue, logins, this.#user(by))
  }

  comment(number: number, { by, body }: { by: string; body: string }): number {
    return addComment(this.#world, this.#repository, this.#issue(number), body, this.#user(by)).id
  }

  label(number: number, name: string, by?: string): void {
    addLabels(this.#world, this.#repository, this.#issue(number), [name], this.#user(by))
  }

  unlabel(number: number, name: string, by?: string): void {
    removeLabel(this.#world, this.#repository, this.#issue(number), name, this.#user(by))
  }

  labels(): readonly { name: string; color: string; description: string | null }[] {
    return [...this.#repository.labels.values()].map(({ name, color, description }) => ({
      name,
      color,
      description,
    }))
  }

  async openPullRequest({
    by,
    base = this.defaultBranch,
    ...wanted
  }: NewPullRequest): Promise<PullRequestShown> {
    return this.#shown(await openPull(this.#world, this.#repository, { base, ...wanted }, this.#user(by)))
  }

  pullRequest(number: number): PullRequestShown {
    return this.#shown(this.#pull(number))
  }

  pullRequests(): readonly PullRequestShown[] {
    return [...this.#repository.issues.values()].filter(isPull).map((issue) => this.#shown(issue))
  }

  async mergePullRequest(
    number: number,
    by: string,
    options: { method?: 'merge' | 'squash' | 'rebase' } = {},
  ): Promise<string> {
    return await mergePull(this.#world, this.#repository, this.#pull(number), options, this.#user(by))
  }

  closePullRequest(number: number, by: string): void {
    closePull(this.#world, this.#repository, this.#pull(number), this.#user(by))
  }

  async reopenPullRequest(number: number, by: string): Promise<void> {
    await reopenPull(this.#world, this.#repository, this.#pull(number), this.#user(by))
  }

  markReady(number: number, by: string): void {
    setDraft(this.#world, this.#repository, this.#pull(number), false, this.#user(by))
  }

  convertToDraft(number: number, by: string): void {
    setDraft(this.#world, this.#repository, this.#pull(number), true, this.#user(by))
  }

  requestReviewers(number: number, logins: readonly string[], by?: string): void {
    requestReviewers(this.#world, this.#repository, this.#pull(number), logins, this.#user(by))
  }

  async review(number: number, { by, ...wanted }: NewReview): Promise<ReviewShown> {
    return shownReview(
      await addReview(this.#world, this.#repository, this.#pull(number), wanted, this.#user(by)),
    )
  }

  dismissReview(number: number, reviewId: number, by: string): void {
    const issue = this.#pull(number)
    const review = issue.pull.reviews.find(({ id }) => id === reviewId)
    if (review === undefined) throw new Error(`Pull request ${number} has no review ${reviewId}.`)
    dismissReview(this.#world, this.#repository, issue, review, this.#user(by))
  }

  resolveThread(thread: string | number, by: string): void {
    const { issue, found } = this.#thread(thread)
    setResolved(this.#world, this.#repository, issue, found, true, this.#user(by))
  }

  unresolveThread(thread: string | number, by: string): void {
    const { issue, found } = this.#thread(thread)
    setResolved(this.#world, this.#repository, issue, found, false, this.#user(by))
  }

  replyToThread(thread: string | number, { by, body }: { by: string; body: string }): number {
    const { issue, found } = this.#thread(thread)
    return replyToThread(this.#world, this.#repository, issue, found, body, this.#user(by)).id
  }

  protect(branch: string, protection: BranchProtection): void {
    this.#repository.protections.set(branch, { branch, ...wholeRules(protection) })
  }

  unprotect(branch: string): void {
    this.#repository.protections.delete(branch)
  }

  addRuleset(ruleset: NewRuleset): number {
    const { name, branches = ['~DEFAULT_BRANCH'], enforcement = 'active' } = ruleset
    const id = this.#world.id()
    this.#repository.rulesets.push({ id, name, branches, enforcement, ...wholeRules(ruleset) })
    return id
  }

  onPush(script: CheckScript): void {
    this.#repository.script = script
  }

  addChecks(ref: string, plans: readonly CheckPlan[]): readonly CheckShown[] {
    const { sha, branch } = namedCommit(this.#repository, ref)
    addChecks(this.#world, this.#repository, sha, branch, this.#owner, plans)
    const names = new Set(plans.map(({ name }) => name))
    return this.checks(ref).filter(({ name }) => names.has(name))
  }

  startCheck(ref: string, name: string, plan: Omit<CheckPlan, 'name'> = {}): CheckShown {
    return startByHand(this.#world, this.#repository, ref, name, plan)
  }

  finishCheck(ref: string, name: string, change: Omit<CheckPlan, 'name' | 'kind'> = {}): CheckShown {
    return finishByHand(this.#world, this.#repository, ref, name, change)
  }

  checks(ref: string): readonly CheckShown[] {
    return shownChecks(this.#repository, namedCommit(this.#repository, ref).sha)
  }

  addHook({ events = ['*'], ...hook }: NewHook): number {
    return addHook(this.#world, this.#repository, { ...hook, events, active: true }).id
  }

  get #owner(): User {
    return this.#repository.owner
  }

  #user(login: string | undefined): User {
    return login === undefined ? this.#owner : this.#world.user(login)
  }

  #issue(number: number): Issue {
    return issueOf(this.#repository, number)
  }

  #pull(number: number): PullIssue {
    return pullOf(this.#repository, number)
  }

  #shown(issue: PullIssue): PullRequestShown {
    return shownPull(this.#world, this.#repository, issue)
  }

  #thread(which: string | number): { issue: PullIssue; found: ReviewThread } {
    return namedThread(this.#repository, which)
  }
}

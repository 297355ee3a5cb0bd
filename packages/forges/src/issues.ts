import type { RepositoryRef } from './repository-ref.ts'

/** Issues of a repository. Pull requests are not issues, wherever the forge keeps them together. */
export interface ForgeIssues {
  /**
   * Those that changed at this time or later (all of them when null), oldest change first, page by page; closed ones are left out with
   * `openOnly`. With the `etag` of the last answer to the same question a forge that has nothing new says `unchanged`, which costs
   * nothing. A page is answered when its predecessor was dealt with. Between two pages things move: whoever must miss none asks anew
   * from `newest`.
   */
  changed(
    repository: RepositoryRef,
    options: { readonly since: number | null; readonly etag: string | null; readonly openOnly?: boolean },
  ): AsyncIterable<IssuePage>

  /** Throws ISSUE_NOT_FOUND when there is none, or it is a pull request. */
  get(repository: RepositoryRef, number: number): Promise<ForgeIssue>

  /** What was said in it, in order; the first 100 remarks. */
  conversation(repository: RepositoryRef, number: number): Promise<readonly IssueRemark[]>

  /** Says something in it. `key` makes a repeat say it once, also after this process died before it knew. */
  comment(
    repository: RepositoryRef,
    number: number,
    remark: { readonly body: string; readonly key: string },
  ): Promise<{ readonly url: string }>

  /** Puts a label on it, which is made when the repository has none of this name. Repeating it changes nothing. */
  label(
    repository: RepositoryRef,
    number: number,
    label: { readonly name: string; readonly color: string; readonly description: string },
  ): Promise<void>

  /** Closes it as completed; one that is closed stays as it is. */
  close(repository: RepositoryRef, number: number): Promise<void>

  /** Who put a label on it last; null when that is not known. */
  labelledBy(repository: RepositoryRef, number: number, label: string): Promise<string | null>

  /** Whether somebody may write to the repository. */
  mayWrite(repository: RepositoryRef, login: string): Promise<boolean>
}

export interface ForgeIssue {
  readonly number: number
  readonly title: string
  readonly body: string
  readonly state: 'open' | 'closed'
  readonly url: string
  readonly labels: readonly string[]
  readonly assignees: readonly string[]
  readonly author: string
  readonly commentCount: number
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface IssueRemark {
  readonly author: string
  readonly body: string
  /** Milliseconds since the epoch. */
  readonly createdAt: number
  /** Optio wrote it. */
  readonly isOwn: boolean
}

export type IssuePage =
  | { readonly unchanged: true }
  | {
      readonly unchanged: false
      readonly issues: readonly ForgeIssue[]
      /** When the last thing on the page changed, pull requests included, in milliseconds since the epoch; null for an empty page. */
      readonly newest: number | null
      /**
       * Of the first page: to be given when the same is asked again. Null of a page that is full: what comes next would be on another one,
       * and this one unchanged.
       */
      readonly etag: string | null
    }

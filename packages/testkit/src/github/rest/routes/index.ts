import type { Route } from '../route.ts'
import { ACTION_ROUTES } from './actions.ts'
import { BRANCH_ROUTES } from './branches.ts'
import { CHECK_ROUTES } from './checks.ts'
import { COMMIT_ROUTES } from './commits.ts'
import { CONTENT_ROUTES } from './contents.ts'
import { GIT_ROUTES } from './git-data.ts'
import { HOOK_ROUTES } from './hooks.ts'
import { ISSUE_ROUTES } from './issues.ts'
import { LABEL_ROUTES } from './labels.ts'
import { META_ROUTES } from './meta.ts'
import { PULL_ROUTES } from './pulls.ts'
import { REPOSITORY_ROUTES } from './repositories.ts'
import { REVIEW_ROUTES } from './reviews.ts'

/** Every path that is served; the first that fits answers. */
export const ROUTES: readonly Route[] = [
  ...META_ROUTES,
  ...REPOSITORY_ROUTES,
  ...ISSUE_ROUTES,
  ...LABEL_ROUTES,
  ...PULL_ROUTES,
  ...REVIEW_ROUTES,
  ...CHECK_ROUTES,
  ...ACTION_ROUTES,
  ...BRANCH_ROUTES,
  ...GIT_ROUTES,
  ...COMMIT_ROUTES,
  ...CONTENT_ROUTES,
  ...HOOK_ROUTES,
]

import {
  createRootRoute,
  createRoute,
  createRouter,
  lazyRouteComponent,
  redirect,
} from '@tanstack/react-router'
import { PageFailed, PageNotFound } from './dead-ends.tsx'
import {
  readActivitySearch,
  readAutomationListSearch,
  readIssueListSearch,
  readNewAutomationSearch,
  readNewTaskSearch,
  readSecretsSearch,
  readTaskListSearch,
  readTaskSearch,
  readTemplateListSearch,
} from './search.ts'
import { Shell } from './shell.tsx'

/** Every address of the pages, once. Each page is loaded when it is first asked for. */
const root = createRootRoute({ component: Shell, notFoundComponent: PageNotFound })

const overview = createRoute({
  getParentRoute: () => root,
  path: '/',
  component: lazyRouteComponent(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage'),
})

const taskList = createRoute({
  getParentRoute: () => root,
  path: '/tasks',
  validateSearch: readTaskListSearch,
  component: lazyRouteComponent(() => import('../pages/task-list/task-list-page.tsx'), 'TaskListPage'),
})

const newTask = createRoute({
  getParentRoute: () => root,
  path: '/tasks/new',
  validateSearch: readNewTaskSearch,
  component: lazyRouteComponent(() => import('../pages/new-task/new-task-page.tsx'), 'NewTaskPage'),
})

const task = createRoute({
  getParentRoute: () => root,
  path: '/tasks/$taskId',
  validateSearch: readTaskSearch,
  component: lazyRouteComponent(() => import('../pages/task/task-page.tsx'), 'TaskPage'),
})

const issues = createRoute({
  getParentRoute: () => root,
  path: '/issues',
  validateSearch: readIssueListSearch,
  component: lazyRouteComponent(() => import('../pages/issues/issue-list-page.tsx'), 'IssueListPage'),
})

const automations = createRoute({
  getParentRoute: () => root,
  path: '/automations',
  validateSearch: readAutomationListSearch,
  component: lazyRouteComponent(
    () => import('../pages/automations/list/automation-list-page.tsx'),
    'AutomationListPage',
  ),
})

const newAutomation = createRoute({
  getParentRoute: () => root,
  path: '/automations/new',
  validateSearch: readNewAutomationSearch,
  component: lazyRouteComponent(
    () => import('../pages/automations/form/new-automation-page.tsx'),
    'NewAutomationPage',
  ),
})

const automation = createRoute({
  getParentRoute: () => root,
  path: '/automations/$automationId',
  component: lazyRouteComponent(() => import('../pages/automations/automation-page.tsx'), 'AutomationPage'),
})

const editAutomation = createRoute({
  getParentRoute: () => root,
  path: '/automations/$automationId/edit',
  component: lazyRouteComponent(
    () => import('../pages/automations/form/edit-automation-page.tsx'),
    'EditAutomationPage',
  ),
})

const promptTemplates = createRoute({
  getParentRoute: () => root,
  path: '/templates',
  validateSearch: readTemplateListSearch,
  component: lazyRouteComponent(
    () => import('../pages/templates/prompt/prompt-template-list-page.tsx'),
    'PromptTemplateListPage',
  ),
})

const newPromptTemplate = createRoute({
  getParentRoute: () => root,
  path: '/templates/new',
  validateSearch: readTemplateListSearch,
  component: lazyRouteComponent(
    () => import('../pages/templates/prompt/new-prompt-template-page.tsx'),
    'NewPromptTemplatePage',
  ),
})

const promptTemplate = createRoute({
  getParentRoute: () => root,
  path: '/templates/$templateId',
  component: lazyRouteComponent(
    () => import('../pages/templates/prompt/prompt-template-page.tsx'),
    'PromptTemplatePage',
  ),
})

const taskTemplates = createRoute({
  getParentRoute: () => root,
  path: '/templates/tasks',
  component: lazyRouteComponent(
    () => import('../pages/templates/task/task-template-list-page.tsx'),
    'TaskTemplateListPage',
  ),
})

const newTaskTemplate = createRoute({
  getParentRoute: () => root,
  path: '/templates/tasks/new',
  component: lazyRouteComponent(
    () => import('../pages/templates/task/new-task-template-page.tsx'),
    'NewTaskTemplatePage',
  ),
})

const taskTemplate = createRoute({
  getParentRoute: () => root,
  path: '/templates/tasks/$templateId',
  component: lazyRouteComponent(
    () => import('../pages/templates/task/task-template-page.tsx'),
    'TaskTemplatePage',
  ),
})

const activity = createRoute({
  getParentRoute: () => root,
  path: '/activity',
  validateSearch: readActivitySearch,
  component: lazyRouteComponent(() => import('../pages/activity/activity-page.tsx'), 'ActivityPage'),
})

const repos = createRoute({
  getParentRoute: () => root,
  path: '/repos',
  component: lazyRouteComponent(() => import('../pages/repos/repo-list-page.tsx'), 'RepoListPage'),
})

const connectRepo = createRoute({
  getParentRoute: () => root,
  path: '/repos/new',
  component: lazyRouteComponent(() => import('../pages/repos/connect-repo-page.tsx'), 'ConnectRepoPage'),
})

const repo = createRoute({
  getParentRoute: () => root,
  path: '/repos/$repoId',
  component: lazyRouteComponent(() => import('../pages/repos/repo-page.tsx'), 'RepoPage'),
})

/** A place of several pages; the first of them stands for it. */
const settings = createRoute({
  getParentRoute: () => root,
  path: '/settings',
  beforeLoad: () => {
    throw redirect({ to: '/settings/secrets' })
  },
})

const secrets = createRoute({
  getParentRoute: () => root,
  path: '/settings/secrets',
  validateSearch: readSecretsSearch,
  component: lazyRouteComponent(() => import('../pages/settings/secrets/secrets-page.tsx'), 'SecretsPage'),
})

const github = createRoute({
  getParentRoute: () => root,
  path: '/settings/github',
  component: lazyRouteComponent(() => import('../pages/settings/github/github-page.tsx'), 'GithubPage'),
})

const system = createRoute({
  getParentRoute: () => root,
  path: '/system',
  component: lazyRouteComponent(() => import('../pages/system/system-page.tsx'), 'SystemPage'),
})

export function createAppRouter() {
  return createRouter({
    routeTree: root.addChildren([
      overview,
      taskList,
      newTask,
      task,
      issues,
      automations,
      newAutomation,
      automation,
      editAutomation,
      promptTemplates,
      newPromptTemplate,
      promptTemplate,
      taskTemplates,
      newTaskTemplate,
      taskTemplate,
      activity,
      repos,
      connectRepo,
      repo,
      settings,
      secrets,
      github,
      system,
    ]),
    defaultPreload: 'intent',
    defaultErrorComponent: PageFailed,
    scrollRestoration: true,
  })
}

declare module '@tanstack/react-router' {
  interface Register {
    router: ReturnType<typeof createAppRouter>
  }
}

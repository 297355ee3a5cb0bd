import { idParams } from './common.ts'
import type { Route } from './route.ts'
import {
  activityList,
  addDependenciesBody,
  commentAnswer,
  commentBody,
  commentList,
  commentParams,
  createSubtaskBody,
  dependencyList,
  dependencyParams,
  dependentList,
  listActivityQuery,
  listCommentsQuery,
  listMessagesQuery,
  listSubtasksQuery,
  messageAnswer,
  messageBody,
  messageList,
  subtaskAnswer,
  subtaskList,
  subtaskStatus,
} from './task-parts.ts'

const read = { method: 'GET', permission: 'tasks:read', status: 200 } as const
const write = { permission: 'tasks:write' } as const

/** Subtasks; part of the table in `routes.ts`, as are the others here. */
export const subtaskRoutes = {
  list: {
    ...read,
    path: '/api/tasks/:id/subtasks',
    tag: 'subtasks',
    summary: 'Subtasks of a task: its steps in order, then the rest by age',
    params: idParams,
    query: listSubtasksQuery,
    answer: subtaskList,
  },
  create: {
    ...write,
    method: 'POST',
    path: '/api/tasks/:id/subtasks',
    tag: 'subtasks',
    summary: 'Create a subtask: a child, the next step, or a review',
    params: idParams,
    body: createSubtaskBody,
    status: 201,
    answer: subtaskAnswer,
    creates: true,
  },
  status: {
    ...read,
    path: '/api/tasks/:id/subtasks/status',
    tag: 'subtasks',
    summary: 'How far the subtasks of a task are',
    params: idParams,
    answer: subtaskStatus,
  },
} as const satisfies Record<string, Route>

export const dependencyRoutes = {
  list: {
    ...read,
    path: '/api/tasks/:id/dependencies',
    tag: 'dependencies',
    summary: 'Tasks a task waits for',
    params: idParams,
    answer: dependencyList,
  },
  add: {
    ...write,
    method: 'POST',
    path: '/api/tasks/:id/dependencies',
    tag: 'dependencies',
    summary: 'Have a task wait for others; all of them or none are added',
    params: idParams,
    body: addDependenciesBody,
    status: 201,
    answer: dependencyList,
    creates: true,
  },
  remove: {
    ...write,
    method: 'DELETE',
    path: '/api/tasks/:id/dependencies/:depId',
    tag: 'dependencies',
    summary: 'Have a task no longer wait for another, by the id of the other',
    params: dependencyParams,
    status: 204,
    answer: null,
  },
  dependents: {
    ...read,
    path: '/api/tasks/:id/dependents',
    tag: 'dependencies',
    summary: 'Tasks that wait for this one',
    params: idParams,
    answer: dependentList,
  },
} as const satisfies Record<string, Route>

export const commentRoutes = {
  list: {
    ...read,
    path: '/api/tasks/:id/comments',
    tag: 'comments',
    summary: 'Comments on a task, the oldest first',
    params: idParams,
    query: listCommentsQuery,
    answer: commentList,
  },
  create: {
    ...write,
    method: 'POST',
    path: '/api/tasks/:id/comments',
    tag: 'comments',
    summary: 'Comment on a task',
    params: idParams,
    body: commentBody,
    status: 201,
    answer: commentAnswer,
    creates: true,
  },
  edit: {
    ...write,
    method: 'PATCH',
    path: '/api/tasks/:taskId/comments/:commentId',
    tag: 'comments',
    summary: 'Change a comment of one’s own',
    params: commentParams,
    body: commentBody,
    status: 200,
    answer: commentAnswer,
  },
  remove: {
    ...write,
    method: 'DELETE',
    path: '/api/tasks/:taskId/comments/:commentId',
    tag: 'comments',
    summary: 'Delete a comment of one’s own',
    params: commentParams,
    status: 204,
    answer: null,
  },
} as const satisfies Record<string, Route>

export const messageRoutes = {
  list: {
    ...read,
    path: '/api/tasks/:id/messages',
    tag: 'messages',
    summary: 'What people said to the agent of a task while it ran, the oldest first',
    params: idParams,
    query: listMessagesQuery,
    answer: messageList,
  },
  send: {
    ...write,
    method: 'POST',
    path: '/api/tasks/:id/message',
    tag: 'messages',
    summary: 'Say something to the agent that runs',
    params: idParams,
    body: messageBody,
    status: 202,
    answer: messageAnswer,
    creates: true,
  },
} as const satisfies Record<string, Route>

export const activityRoutes = {
  ofTask: {
    ...read,
    path: '/api/tasks/:id/activity',
    tag: 'activity',
    summary: 'All that happened about a task, newest first',
    params: idParams,
    query: listActivityQuery,
    answer: activityList,
  },
  all: {
    ...read,
    path: '/api/activity',
    tag: 'activity',
    summary: 'All that happened, newest first',
    query: listActivityQuery,
    answer: activityList,
  },
} as const satisfies Record<string, Route>

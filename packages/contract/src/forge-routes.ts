import { z } from 'zod'
import { idParams } from './common.ts'
import {
  githubDeliveryAnswer,
  githubPayload,
  githubStatusAnswer,
  installWebhookBody,
  listDeliveriesQuery,
  repoWebhookAnswer,
  webhookDeliveryList,
} from './github.ts'
import {
  assignIssueAnswer,
  assignIssueBody,
  issueList,
  listIssuesQuery,
  syncIssuesAnswer,
  syncIssuesBody,
} from './issues.ts'
import type { Route } from './route.ts'
import {
  encryptionAnswer,
  listSecretsQuery,
  removeSecretQuery,
  saveSecretBody,
  secretList,
  secretParams,
  secretSaved,
} from './secrets.ts'

const nothing = z.unknown().optional()

/** Secrets; part of the table in `routes.ts`. */
export const secretRoutes = {
  list: {
    method: 'GET',
    path: '/api/secrets',
    permission: 'secrets:read',
    tag: 'secrets',
    summary: 'List secrets, newest first; never their values',
    query: listSecretsQuery,
    status: 200,
    answer: secretList,
  },
  save: {
    method: 'POST',
    path: '/api/secrets',
    permission: 'secrets:write',
    tag: 'secrets',
    summary: 'Create a secret or replace its value',
    body: saveSecretBody,
    status: 201,
    answer: secretSaved,
  },
  encryption: {
    method: 'GET',
    path: '/api/secrets/encryption',
    permission: 'secrets:read',
    tag: 'secrets',
    summary: 'Which key secrets are encrypted with',
    status: 200,
    answer: encryptionAnswer,
  },
  rotateKey: {
    method: 'POST',
    path: '/api/secrets/rotate-key',
    permission: 'secrets:write',
    tag: 'secrets',
    summary: 'Encrypt every secret with a new key; while it goes on all of them can be read',
    body: nothing,
    status: 200,
    answer: encryptionAnswer,
  },
  remove: {
    method: 'DELETE',
    path: '/api/secrets/:name',
    permission: 'secrets:write',
    tag: 'secrets',
    summary: 'Delete a secret',
    params: secretParams,
    query: removeSecretQuery,
    status: 204,
    answer: null,
  },
} as const satisfies Record<string, Route>

/** Issues of connected repositories; part of the table in `routes.ts`. */
export const issueRoutes = {
  list: {
    method: 'GET',
    path: '/api/issues',
    permission: 'issues:read',
    tag: 'issues',
    summary: 'Issues of all connected repositories, those nobody is assigned to first',
    query: listIssuesQuery,
    status: 200,
    answer: issueList,
  },
  assign: {
    method: 'POST',
    path: '/api/issues/assign',
    permission: 'issues:write',
    tag: 'issues',
    summary: 'Have a task made of an issue; 200 with the task that works on it already',
    body: assignIssueBody,
    status: 201,
    alsoStatus: [200],
    answer: assignIssueAnswer,
  },
  sync: {
    method: 'POST',
    path: '/api/issues/sync',
    permission: 'issues:write',
    tag: 'issues',
    summary: 'Read the issues again now',
    body: syncIssuesBody,
    status: 200,
    answer: syncIssuesAnswer,
  },
} as const satisfies Record<string, Route>

/** GitHub itself; part of the table in `routes.ts`. */
export const githubRoutes = {
  status: {
    method: 'GET',
    path: '/api/github/status',
    permission: 'repos:read',
    tag: 'github',
    summary: 'Whether the credential works, and what is left of the limits',
    status: 200,
    answer: githubStatusAnswer,
  },
  receive: {
    method: 'POST',
    path: '/api/webhooks/github',
    permission: 'public',
    tag: 'github',
    summary: 'A delivery of GitHub, authenticated by its signature',
    body: githubPayload,
    status: 202,
    alsoStatus: [200],
    answer: githubDeliveryAnswer,
  },
  deliveries: {
    method: 'GET',
    path: '/api/webhooks/github/deliveries',
    permission: 'repos:read',
    tag: 'github',
    summary: 'Deliveries of GitHub, newest first',
    query: listDeliveriesQuery,
    status: 200,
    answer: webhookDeliveryList,
  },
  webhook: {
    method: 'GET',
    path: '/api/repos/:id/webhook',
    permission: 'repos:read',
    tag: 'github',
    summary: 'The webhook of a repository',
    params: idParams,
    status: 200,
    answer: repoWebhookAnswer,
  },
  installWebhook: {
    method: 'POST',
    path: '/api/repos/:id/webhook',
    permission: 'repos:write',
    tag: 'github',
    summary:
      'Register the webhook of a repository and wait for its ping; one that is there is brought up to date',
    params: idParams,
    body: installWebhookBody,
    status: 200,
    answer: repoWebhookAnswer,
  },
} as const satisfies Record<string, Route>

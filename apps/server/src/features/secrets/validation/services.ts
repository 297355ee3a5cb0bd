import { oneLine } from '@optio/core'
import { githubAddresses } from '@optio/forges'
import { type Asked, type Question, textAt } from './ask.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** A service that can be asked about a credential. Its address is fixed, or comes from Optio's own environment: never from a request. */
export interface Service {
  readonly title: string
  readonly question: (value: string, env: Environment) => Question
  /** What a good answer says, in words. */
  readonly welcome: (asked: Asked) => string
  /** Statuses, besides 401, that say the credential is wrong. */
  readonly refusals?: readonly number[]
}

const LONGEST_NAME = 100

const bearer = (value: string) => ({ authorization: `Bearer ${value}` })

const anthropic = (headers: (value: string) => Record<string, string>, welcome: string): Service => ({
  title: 'Anthropic',
  question: (value, env) => ({
    url: `${base(env.ANTHROPIC_BASE_URL, 'https://api.anthropic.com')}/v1/models?limit=1`,
    headers: { 'anthropic-version': '2023-06-01', ...headers(value) },
  }),
  welcome: () => welcome,
  refusals: [403],
})

/** By the name of the secret. */
export const SERVICES: Readonly<Record<string, Service>> = {
  GITHUB_TOKEN: {
    title: 'GitHub',
    question: (value, env) => ({ url: `${githubAddresses(env).apiUrl}/user`, headers: bearer(value) }),
    welcome: ({ headers, body }) => {
      const login = oneLine(textAt(body, 'login') ?? 'an account', LONGEST_NAME)
      const scopes = headers.get('x-oauth-scopes')
      if (scopes === null)
        return `A token of ${login}. What it may do in a repository is checked when that is connected.`
      return scopes.trim() === ''
        ? `A token of ${login} without any scope: it can only read what is public.`
        : `A token of ${login} with the scopes ${oneLine(scopes, 300)}.`
    },
  },
  ANTHROPIC_API_KEY: anthropic((value) => ({ 'x-api-key': value }), 'A key of the Anthropic API.'),
  ANTHROPIC_AUTH_TOKEN: anthropic(bearer, 'The model’s API takes this token.'),
  CLAUDE_CODE_OAUTH_TOKEN: anthropic(
    (value) => ({ ...bearer(value), 'anthropic-beta': 'oauth-2025-04-20' }),
    'A token of a Claude account.',
  ),
  OPENAI_API_KEY: {
    title: 'OpenAI',
    question: (value, env) => ({
      url: `${base(env.OPENAI_BASE_URL, 'https://api.openai.com/v1')}/models`,
      headers: bearer(value),
    }),
    welcome: () => 'A key of the OpenAI API.',
  },
  GEMINI_API_KEY: {
    title: 'Google',
    question: (value) => ({
      url: 'https://generativelanguage.googleapis.com/v1beta/models?pageSize=1',
      headers: { 'x-goog-api-key': value },
    }),
    welcome: () => 'A key of the Gemini API.',
    refusals: [400, 403],
  },
  LINEAR_API_KEY: {
    title: 'Linear',
    question: (value) => ({
      url: 'https://api.linear.app/graphql',
      method: 'POST',
      headers: { authorization: value, 'content-type': 'application/json' },
      body: JSON.stringify({ query: '{ viewer { name } }' }),
    }),
    welcome: ({ body }) =>
      `A key of ${oneLine(textAt(body, 'data', 'viewer', 'name') ?? 'an account', LONGEST_NAME)} at Linear.`,
    refusals: [400],
  },
}

function base(given: string | undefined, fallback: string): string {
  return (given || fallback).replace(/\/+$/, '')
}

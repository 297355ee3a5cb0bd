import { githubAddresses, NoAnswer } from '@optio/forges'
import { DEFAULT_WORKSPACE_ID } from '../../database/schema/workspaces.ts'
import { type Examine, off, problem, warning, well } from './surroundings.ts'

const LOOK_WITHIN_MS = 5_000

/** Whether GitHub can be reached, and takes the credential: as a server finds it, or by hand where none runs. */
export const examineGithub: Examine = async ({ env, server, version }) => {
  const found = { id: 'github', area: 'network', title: 'GitHub' } as const
  const { apiUrl } = githubAddresses(env)
  const token =
    server === null
      ? env.GITHUB_TOKEN?.trim()
      : (await server.secrets.resolve(DEFAULT_WORKSPACE_ID, 'GITHUB_TOKEN'))?.value
  if (!token) {
    const detail = 'There is no token: repositories of this machine can be connected, none on GitHub.'
    return [
      off({ ...found, detail }, 'Save one as the secret GITHUB_TOKEN (Settings → Secrets) to use GitHub.'),
    ]
  }
  if (server?.github === undefined) return [await judgeToken(found, apiUrl, token, `optio/${version}`)]
  try {
    const { login, limits } = await server.github.account(DEFAULT_WORKSPACE_ID)
    const left = limits.map(({ resource, remaining, limit }) => `${remaining} of ${limit} (${resource})`)
    const points = left.length === 0 ? '' : ` Requests left: ${left.join(', ')}.`
    return [well({ ...found, detail: `${apiUrl} takes the token of ${login ?? 'an app'}.${points}` })]
  } catch (error) {
    if (!(error instanceof NoAnswer)) throw error
    const judge = error.reason === 'credential' || error.reason === 'replaced' ? problem : warning
    return [judge({ ...found, detail: error.message }, MEND[error.reason])]
  }
}

const ANOTHER_TOKEN = 'Save a token that works as the secret GITHUB_TOKEN (Settings → Secrets).'
const NETWORK = 'Check the network, proxies and GITHUB_API_URL. Work goes on by itself when it answers again.'
const MEND = {
  credential: ANOTHER_TOKEN,
  replaced: 'Connect the repository again by the address it has now.',
  limited: 'Nothing has to be done: it goes on by itself.',
  unreachable: NETWORK,
  failing: NETWORK,
} as const

async function judgeToken(
  found: { id: string; area: 'network'; title: string },
  apiUrl: string,
  token: string,
  userAgent: string,
) {
  try {
    const answer = await fetch(`${apiUrl}/rate_limit`, {
      headers: { authorization: `Bearer ${token}`, 'user-agent': userAgent },
      redirect: 'error',
      signal: AbortSignal.timeout(LOOK_WITHIN_MS),
    })
    await answer.body?.cancel()
    if (answer.ok || answer.status === 404)
      return well({ ...found, detail: `${apiUrl} takes the token in GITHUB_TOKEN.` })
    if (answer.status === 401) {
      const detail = `${apiUrl} does not accept the token in GITHUB_TOKEN.`
      return problem({ ...found, detail }, ANOTHER_TOKEN)
    }
    return warning({ ...found, detail: `${apiUrl} answers ${answer.status}.` }, 'Try again in a while.')
  } catch (error) {
    const { name, cause } = error as Error
    const why =
      name === 'TimeoutError' ? 'in time' : `(${(cause as { code?: string } | undefined)?.code ?? name})`
    return warning({ ...found, detail: `${apiUrl} does not answer ${why}.` }, NETWORK)
  }
}

import type { IncomingHttpHeaders } from 'node:http'
import type { Token } from '../state/account.ts'
import type { World } from '../state/world.ts'

/** The token in a request: `Bearer`, `token`, or Basic with the token as password (or as user name). Null: none was sent. */
export function sentToken({ authorization }: IncomingHttpHeaders): string | null {
  const [scheme = '', value = ''] = (authorization ?? '').split(/ +/, 2)
  if (/^(bearer|token)$/i.test(scheme) && value !== '') return value
  if (!/^basic$/i.test(scheme)) return null
  const [user = '', ...rest] = Buffer.from(value, 'base64').toString('utf8').split(':')
  const password = rest.join(':')
  return password === '' || password === 'x-oauth-basic' ? user : password
}

/** The token of that value; null: unknown, revoked or expired. */
export function liveToken(world: World, value: string): Token | null {
  const token = world.tokens.get(value)
  if (token === undefined || token.revoked) return null
  return token.expiresAt !== null && token.expiresAt <= world.clock.now() ? null : token
}

import type { SecretValidation } from '@optio/contract'
import { redact } from '../../../redaction/process-redactor.ts'
import { ask } from './ask.ts'
import { SERVICES } from './services.ts'

const SHORT_WEBHOOK_SECRET = 20

/**
 * What the service a secret belongs to says of it; null for a name nobody knows. Told, and never enforced: the service may be down, or
 * out of reach from here.
 */
export async function validateSecret(
  name: string,
  value: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<SecretValidation | null> {
  const said = await askAbout(name, value, env)
  return said === null
    ? null
    : { valid: said.valid, detail: redact(said.detail), checkedAt: new Date().toISOString() }
}

async function askAbout(
  name: string,
  value: string,
  env: Readonly<Record<string, string | undefined>>,
): Promise<Pick<SecretValidation, 'valid' | 'detail'> | null> {
  if (name === 'GITHUB_WEBHOOK_SECRET') return judgeWebhookSecret(value)
  const service = SERVICES[name]
  if (service === undefined) return null
  const { title } = service
  // A header cannot hold it; no service gives out such a credential.
  if (/[^\x20-\x7e]/.test(value.trim()))
    return { valid: false, detail: `It has characters that no credential of ${title} has.` }
  try {
    const asked = await ask(service.question(value.trim(), env))
    const { status } = asked
    if (status === 200) return { valid: true, detail: service.welcome(asked) }
    if (status === 401 || service.refusals?.includes(status))
      return { valid: false, detail: `${title} refuses it (status ${status}).` }
    return { valid: null, detail: `${title} answers with status ${status}, which says nothing about it.` }
  } catch {
    return { valid: null, detail: `${title} could not be asked: no answer within five seconds.` }
  }
}

function judgeWebhookSecret(value: string): Pick<SecretValidation, 'valid' | 'detail'> {
  const short = value.length < SHORT_WEBHOOK_SECRET
  return {
    valid: null,
    detail: short
      ? 'It is short enough to be guessed: `openssl rand -hex 32` makes a better one.'
      : 'Give the same one to the webhook at GitHub; `optio webhook install` does.',
  }
}

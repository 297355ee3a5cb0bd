import { z } from 'zod'
import { refuse, text, time, uuid } from './common.ts'
import { pageAnswer, pageQuery } from './paging.ts'

/** A name that a shell takes for a variable, as agents get it. */
export const secretName = text({ min: 1, max: 200 })
  .regex(/^[A-Z_][A-Z0-9_]*$/, 'must be capital letters, digits and _ and not begin with a digit')
  .meta({ examples: ['ANTHROPIC_API_KEY'] })

/** A secret that lets its holder write to a forge is no agent's: the server refuses it by name. */
export const agentSecrets = z
  .array(secretName)
  .max(100)
  .meta({ description: 'Names of secrets that agents get as variables.', examples: [['NPM_TOKEN']] })

/** `global`, `user` (whoever asks), or the address of a connected repository. */
export const secretScope = text({ min: 1, max: 4096 }).meta({
  description: '`global`, `user`, or the `repoUrl` of a connected repository.',
  examples: ['global'],
})

/** What the service a secret belongs to said of it. Told, and never enforced: the service may be down. */
export const secretValidation = z
  .object({
    /** Null when it could not be asked, or nobody knows how. */
    valid: z.boolean().nullable(),
    /** In words: whose it is and what it may do, or what is wrong. */
    detail: z.string(),
    checkedAt: time,
  })
  .meta({ id: 'SecretValidation' })
export type SecretValidation = z.infer<typeof secretValidation>

/** What is known of a secret. Its value is never answered. */
export const secret = z
  .object({
    id: uuid,
    name: z.string(),
    scope: z.string(),
    /** Of one repository: its id. */
    repoId: uuid.nullable(),
    /** False when it cannot be decrypted: the key is missing or its row was changed. Replace it. */
    readable: z.boolean(),
    /** What gets it, in words: agent types that declare it, repositories that name it, Optio itself. */
    usedBy: z.array(z.string()),
    lastUsedAt: time.nullable(),
    lastUsedBy: z.string().nullable(),
    validation: secretValidation.nullable(),
    createdBy: z.string(),
    createdAt: time,
    updatedAt: time,
  })
  .meta({ id: 'Secret' })
export type Secret = z.infer<typeof secret>

/** Creates it, or replaces the value of the one with this name and scope. */
export const saveSecretBody = z
  .object({
    name: secretName,
    value: text({ min: 1, max: 65_536 }).check(
      refuse((value) => (value.trim() === '' ? 'must not be blank' : null)),
    ),
    scope: secretScope.default('global'),
  })
  .meta({ id: 'SaveSecret' })
export type SaveSecret = z.output<typeof saveSecretBody>

export const secretSaved = z.object({
  id: uuid,
  name: z.string(),
  scope: z.string(),
  validation: secretValidation.optional(),
})
export const secretList = z.object({ secrets: z.array(secret), ...pageAnswer })
export const listSecretsQuery = z.object({ ...pageQuery, scope: secretScope.optional() })
export type ListSecretsQuery = z.output<typeof listSecretsQuery>
export const secretParams = z.object({ name: secretName })
export const removeSecretQuery = z.object({ scope: secretScope.default('global') })
export type RemoveSecretQuery = z.output<typeof removeSecretQuery>

/** Keys that secrets are encrypted with. */
export const encryptionStatus = z
  .object({
    /** Where the master key comes from. */
    source: z.enum(['environment', 'file']),
    activeKeyId: z.string(),
    secrets: z.int(),
    /** Not encrypted with the active key yet; a rotation goes on until there are none. */
    secretsOfOlderKeys: z.int(),
    rotatedAt: time.nullable(),
  })
  .meta({ id: 'EncryptionStatus' })
export type EncryptionStatus = z.infer<typeof encryptionStatus>
export const encryptionAnswer = z.object({ encryption: encryptionStatus })

import type { EncryptionStatus } from '@optio/contract'
import type { Cli } from '../cli.ts'
import { note, printJson } from '../print.ts'
import { writeFields } from '../terminal/table.ts'

export async function show(cli: Cli): Promise<void> {
  const client = await cli.client()
  await write(cli, await client.secrets.encryption())
}

export async function rotate(cli: Cli): Promise<void> {
  const client = await cli.client()
  const answer = await client.secrets.rotateKey()
  await write(cli, answer)
  const { secretsOfOlderKeys: left } = answer.encryption
  if (cli.json || left === 0) return
  await note(cli, `${left} could not be decrypted and stay as they are: save them again, or delete them.`)
}

async function write(cli: Cli, answer: { readonly encryption: EncryptionStatus }): Promise<void> {
  if (cli.json) return await printJson(cli, answer)
  const { source, activeKeyId, secrets, secretsOfOlderKeys, rotatedAt } = answer.encryption
  await writeFields(cli.out, cli.colors, [
    ['Master key', source === 'environment' ? 'OPTIO_ENCRYPTION_KEY' : 'file encryption-key'],
    ['Key', activeKeyId],
    ['Since', rotatedAt],
    ['Secrets', String(secrets)],
    ['Of older keys', secretsOfOlderKeys === 0 ? null : String(secretsOfOlderKeys)],
  ])
}

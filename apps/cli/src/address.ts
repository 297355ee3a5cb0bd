import { CliError } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'

const DEFAULT_PORT = 4000

/**
 * Where the server is: as told, else as the Optio of the data directory wrote down, else the usual address. Says nothing about whether
 * one answers there.
 */
export async function findAddress(
  told: string | undefined,
  env: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const given = told ?? (env.OPTIO_URL || undefined)
  if (given !== undefined) return checked(given, told === undefined ? 'OPTIO_URL' : '--url')
  const { dataDirectory, readServerFile } = await import('@optio/server/place')
  const file = await readServerFile(dataDirectory(env))
  return file?.url ?? `http://127.0.0.1:${Number(env.OPTIO_PORT) || DEFAULT_PORT}`
}

function checked(text: string, name: string): string {
  let url: URL
  try {
    url = new URL(text)
  } catch {
    throw new CliError(EXIT.USAGE, 'USAGE', `${name} is “${text}”; it looks like http://127.0.0.1:4000`)
  }
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new CliError(EXIT.USAGE, 'USAGE', `${name} is “${text}”; it begins with http:// or https://`)
  }
  return url.href.replace(/\/+$/, '')
}

export function notRunning(url: string, why: string): CliError {
  return new CliError(
    EXIT.UNREACHABLE,
    'NOT_RUNNING',
    `No Optio answers at ${url} (${why}). Start it with \`optio start\` (in a checkout also \`npm start\`), or name another address with --url or OPTIO_URL.`,
  )
}

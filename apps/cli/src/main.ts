import { findAddress } from './address.ts'
import { connectClient } from './api.ts'
import type { Cli } from './cli.ts'
import { explain } from './cli-error.ts'
import { EXIT } from './exit-codes.ts'
import { runProgram } from './program.ts'
import { chooseColors } from './terminal/colors.ts'
import { outletOn } from './terminal/outlet.ts'

/** The command `optio`: runs one command line to its end and answers the exit code. */
export async function main(argv: readonly string[]): Promise<number> {
  const { env } = process
  const out = outletOn(process.stdout, env)
  const err = outletOn(process.stderr, env)
  const interrupted = new AbortController()
  let asJson = argv.includes('--json')
  try {
    return await runProgram(argv, {
      out,
      err,
      createCli: ({ url: told, json, idempotencyKey }) => {
        asJson = json
        let url: Promise<string> | undefined
        const findUrl = () => {
          url ??= findAddress(told, env)
          return url
        }
        const cli: Cli = {
          env,
          cwd: process.cwd(),
          out,
          err,
          stdin: process.stdin,
          json,
          colors: chooseColors(env, out.isTerminal),
          signal: interrupted.signal,
          url: findUrl,
          client: async () => connectClient(await findUrl(), interrupted.signal, idempotencyKey),
        }
        return cli
      },
      onInterrupt: () => interrupted.abort(),
    })
  } catch (error) {
    return await tell(error, asJson, err.write)
  }
}

/** Errors go to stderr: with `--json` in the form the API answers them in, else in words. */
async function tell(
  error: unknown,
  asJson: boolean,
  write: (text: string) => Promise<void>,
): Promise<number> {
  const known = explain(error)
  if (known === null) {
    await write(`${error instanceof Error ? error.stack : String(error)}\n`)
    return EXIT.ERROR
  }
  const details = (error as { details?: unknown }).details
  if (asJson) {
    await write(`${JSON.stringify({ error: known.message, code: known.code, details })}\n`)
    return known.exitCode
  }
  const { showControls } = await import('@optio/contract/text')
  await write(`${showControls(known.message, { lines: true })} (${known.code})\n`)
  for (const line of describeDetails(details)) await write(`  ${showControls(line)}\n`)
  return known.exitCode
}

/** Which fields a refused request got wrong. */
function describeDetails(details: unknown): string[] {
  // A single one is the message itself.
  if (!Array.isArray(details) || details.length < 2) return []
  return details.flatMap((each: unknown) => {
    const { path, message } = (each ?? {}) as { path?: unknown; message?: unknown }
    return typeof message === 'string' ? [`${path === undefined ? '' : `${String(path)}: `}${message}`] : []
  })
}

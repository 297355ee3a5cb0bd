// The stand-in of a model's API, by hand. See the README of this package.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import type { RecordedRequest } from './record.ts'
import { readScript } from './script.ts'
import { startModelApi } from './server.ts'

const USAGE = `Usage: node packages/testkit/bin/model-api.mjs [--port 4010] [--script script.json] [--quiet]

A stand-in of a model's API on 127.0.0.1. It speaks Anthropic's Messages API and follows a script: there is no AI in it.`

function shown({ method, path, status, ended, scene }: RecordedRequest): string {
  const where = scene ? ` ${scene.conversation} turn ${scene.turn}, answer ${scene.answers + 1}` : ''
  return `${method} ${path}${where}: ${status ?? 'no answer'}${ended === 'whole' ? '' : ` (${ended})`}`
}

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4010' },
      script: { type: 'string' },
      quiet: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
  } else {
    if (!/^\d{1,5}$/.test(values.port)) throw new Error(`--port ${values.port} is no port`)
    const script =
      values.script === undefined
        ? undefined
        : readScript(JSON.parse(await readFile(values.script, 'utf8')), values.script)
    const api = await startModelApi({
      port: Number(values.port),
      ...(script === undefined ? {} : { script }),
      ...(values.quiet ? {} : { onRequest: (request) => console.log(shown(request)) }),
    })
    console.log(`The stand-in of a model listens at ${api.url}`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void api.close())
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 64
}

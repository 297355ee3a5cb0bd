// The stand-in of GitHub, by hand. See the README of this package.
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { plant, readSeed, USUAL_SEED } from './seed.ts'
import { startFakeGithub } from './start.ts'

const USAGE = `Usage: node packages/testkit/bin/fake-github.mjs [--port 4020] [--seed seed.json]

A stand-in of GitHub on 127.0.0.1: REST, GraphQL, git over HTTP and webhooks. What it begins with is in the seed.`

try {
  const { values } = parseArgs({
    options: {
      port: { type: 'string', default: '4020' },
      seed: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  })
  if (values.help) {
    console.log(USAGE)
  } else {
    if (!/^\d{1,5}$/.test(values.port)) throw new Error(`--port ${values.port} is no port`)
    const seed =
      values.seed === undefined ? USUAL_SEED : readSeed(JSON.parse(await readFile(values.seed, 'utf8')))
    const github = await startFakeGithub({ port: Number(values.port) })
    const tokens = await plant(github, seed)
    console.log(`The stand-in of GitHub listens at ${github.url}`)
    console.log(`GITHUB_API_URL=${github.apiUrl}`)
    for (const { login, token } of tokens) console.log(`Token of ${login}: ${token}`)
    for (const { url } of github.repositories()) console.log(`Repository: ${url}`)
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void github.close())
  }
} catch (error) {
  console.error(`${error instanceof Error ? error.message : error}\n\n${USAGE}`)
  process.exitCode = 64
}

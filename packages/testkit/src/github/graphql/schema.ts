import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { buildASTSchema, type GraphQLSchema, parse } from 'graphql'

const FILE = '@octokit/graphql-schema/schema.graphql'

let built: Promise<GraphQLSchema> | undefined

/** GitHub's schema. Built at the first call, since that takes a third of a second that most tests do without. */
export async function githubSchema(): Promise<GraphQLSchema> {
  built ??= build()
  return await built
}

/** By its path: the package exports the file not at all, and its entry builds a schema of its own from JSON, which doubles the time. */
async function build(): Promise<GraphQLSchema> {
  const path = (createRequire(import.meta.url).resolve.paths(FILE) ?? [])
    .map((directory) => join(directory, FILE))
    .find((candidate) => existsSync(candidate))
  if (path === undefined) throw new Error(`${FILE} is not installed.`)
  const document = parse(await readFile(path, 'utf8'), { noLocation: true })
  return buildASTSchema(document, { assumeValid: true, assumeValidSDL: true })
}

import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { buildASTSchema, type GraphQLSchema, parse } from 'graphql'

let built: GraphQLSchema | undefined

/** GitHub's schema. Built at the first call, since that takes a third of a second that most tests do without. */
export function githubSchema(): GraphQLSchema {
  if (built !== undefined) return built
  // By its path: the package's entry reads the whole schema as JSON, too.
  const path = createRequire(import.meta.url).resolve('@octokit/graphql-schema/schema.graphql')
  const document = parse(readFileSync(path, 'utf8'), { noLocation: true })
  built = buildASTSchema(document, { assumeValid: true, assumeValidSDL: true })
  return built
}

import type { components } from '@octokit/openapi-types'

/** Shapes of GitHub's answers, by their names in its OpenAPI description. */
export type Schemas = components['schemas']

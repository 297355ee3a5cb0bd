import swagger from '@fastify/swagger'
import swaggerUi from '@fastify/swagger-ui'
import type { FastifyInstance } from 'fastify'
import { jsonSchemaTransform, jsonSchemaTransformObject } from 'fastify-type-provider-zod'
import { addBeside } from './beside.ts'
import { tidyComponents } from './components.ts'
import { describeOperations } from './describe.ts'
import { TAGS } from './tags.ts'

/** OpenAPI 3.1 at `/docs/json`, made from the schemas of the routes, and a page at `/docs`. */
export function addOpenApi(app: FastifyInstance, version: string): void {
  const served = new Set<string>()
  app.addHook('onRoute', ({ url }) => void served.add(url))
  app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Optio',
        version,
        description: 'A task goes in; a merged pull request comes out.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/', description: 'This Optio' }],
      tags: Object.entries(TAGS).map(([name, description]) => ({ name, description })),
    },
    transform: jsonSchemaTransform,
    transformObject: (given) =>
      tidyComponents(addBeside(describeOperations(jsonSchemaTransformObject(given)), served)),
  })
  app.register(swaggerUi, { routePrefix: '/docs', staticCSP: true })
}

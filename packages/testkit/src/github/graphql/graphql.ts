import {
  type DocumentNode,
  execute,
  type GraphQLError,
  GraphQLError as GraphQLFailure,
  type GraphQLFieldResolver,
  Kind,
  parse,
  validate,
} from 'graphql'
import { isoOf } from '../clock.ts'
import { canSee } from '../http/access.ts'
import type { FaultDesk } from '../http/fault-desk.ts'
import type { RateLimits } from '../http/limits.ts'
import type { Token } from '../state/account.ts'
import type { World } from '../state/world.ts'
import { actorNode } from './account-nodes.ts'
import { type Context, missing } from './context.ts'
import { type Cost, costOf } from './cost.ts'
import { nodeOf } from './lookup.ts'
import { MUTATIONS } from './mutations.ts'
import { pullNode } from './pull-node.ts'
import { repositoryNode } from './repository-node.ts'
import { githubSchema } from './schema.ts'

export interface GraphqlAnswer {
  readonly body: unknown
  readonly cost: number
}

type Checked = { readonly document: DocumentNode } | { readonly errors: readonly GraphQLError[] }

const MOST_KEPT = 500
const NODES: Context['nodes'] = { repository: repositoryNode, pull: pullNode }

/** GraphQL: every document is validated against GitHub's schema, and every answer completed by it. */
export class Graphql {
  readonly #world: World
  readonly #limits: RateLimits
  readonly #faults: FaultDesk
  readonly #checked = new Map<string, Checked>()

  constructor(world: World, limits: RateLimits, faults: FaultDesk) {
    this.#world = world
    this.#limits = limits
    this.#faults = faults
  }

  async answer(body: unknown, token: Token): Promise<GraphqlAnswer> {
    const { query, variables, operationName } = (body ?? {}) as Record<string, unknown>
    if (typeof query !== 'string') {
      return refused([new GraphQLFailure('A query attribute must be specified and must be a string.')])
    }
    const checked = await this.#check(query)
    if ('errors' in checked) return refused(checked.errors)
    const { document } = checked
    const values = (variables ?? {}) as Record<string, unknown>
    const schema = await githubSchema()
    const cost = costOf(schema, document, values)
    if (cost.errors.length > 0) return refused(cost.errors)
    const context: Context = { world: this.#world, token, nodes: NODES }
    const partial = this.#faults.partialFor(topAliases(document))
    const result = await execute({
      schema,
      document,
      rootValue: this.#root(context, cost),
      contextValue: context,
      variableValues: values,
      ...(typeof operationName === 'string' ? { operationName } : {}),
      fieldResolver: (source, args, own, info) => {
        const fault =
          info.path.prev === undefined ? partial.find(({ alias }) => alias === info.path.key) : undefined
        if (fault !== undefined) {
          throw new GraphQLFailure(fault.message, { extensions: { type: fault.type } })
        }
        return resolve(source, args, own, info)
      },
    })
    return {
      cost: cost.points,
      body: {
        data: result.data ?? null,
        ...(result.errors === undefined ? {} : { errors: result.errors.map(shown) }),
      },
    }
  }

  async #check(query: string): Promise<Checked> {
    const present = this.#checked.get(query)
    if (present !== undefined) return present
    const checked = await check(query)
    if (this.#checked.size >= MOST_KEPT) this.#checked.clear()
    this.#checked.set(query, checked)
    return checked
  }

  #root(context: Context, cost: Cost) {
    const { world, token } = context
    return {
      viewer: () => ({ ...actorNode(world, token.user), __typename: 'User' }),
      rateLimit: () => {
        const { limit, used, remaining, reset } = this.#limits.shown(token, 'graphql')
        return {
          cost: cost.points,
          nodeCount: cost.nodes,
          limit,
          used: used + cost.points,
          remaining: Math.max(0, remaining - cost.points),
          resetAt: isoOf(reset * 1000),
        }
      },
      repository: ({ owner, name }: { owner: string; name: string }) => {
        const repository = world.find(`${owner}/${name}`)
        if (repository === null || !canSee(world, repository, token)) {
          throw missing('a Repository', `name '${owner}/${name}'`)
        }
        return repositoryNode(context, repository)
      },
      user: ({ login }: { login: string }) => {
        const user = world.users.get(login.toLowerCase())
        if (user === undefined) throw missing('a User', `login of '${login}'`)
        return actorNode(world, user)
      },
      node: ({ id }: { id: string }) => nodeOf(context, id),
      nodes: ({ ids }: { ids: readonly string[] }) =>
        ids.map((id) => {
          try {
            return nodeOf(context, id)
          } catch (error) {
            // One that is not there is null among those that are.
            return error instanceof Error ? error : null
          }
        }),
      ...MUTATIONS,
    }
  }
}

/** A property of what was resolved before. One that is not there is a gap of the fake, and said to be one. */
const resolve: GraphQLFieldResolver<unknown, Context> = (source, args, context, info) => {
  const value = (source as Readonly<Record<string, unknown>> | null)?.[info.fieldName]
  if (value === undefined) {
    throw new GraphQLFailure(`The fake of GitHub does not serve ${info.parentType.name}.${info.fieldName}.`)
  }
  return typeof value === 'function' ? value(args, context, info) : value
}

async function check(query: string): Promise<Checked> {
  try {
    const document = parse(query)
    const errors = validate(await githubSchema(), document)
    return errors.length > 0 ? { errors } : { document }
  } catch (error) {
    if (error instanceof GraphQLFailure) return { errors: [error] }
    throw error
  }
}

function topAliases(document: DocumentNode): string[] {
  return document.definitions.flatMap((definition) =>
    definition.kind !== Kind.OPERATION_DEFINITION
      ? []
      : definition.selectionSet.selections.flatMap((selection) =>
          selection.kind === Kind.FIELD ? [(selection.alias ?? selection.name).value] : [],
        ),
  )
}

/** GitHub has the type of an error beside its message. */
function shown({ message, path, locations, extensions }: GraphQLError) {
  const { type, ...rest } = extensions
  return {
    ...(typeof type === 'string' ? { type } : {}),
    ...(path === undefined ? {} : { path }),
    ...(Object.keys(rest).length === 0 ? {} : { extensions: rest }),
    locations,
    message,
  }
}

/** An answer without data; asking costs a point all the same. */
function refused(errors: readonly GraphQLError[]): GraphqlAnswer {
  return { cost: 1, body: { errors: errors.map(shown) } }
}

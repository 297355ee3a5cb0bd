import {
  type GraphQLSchema,
  getNamedType,
  isObjectType,
  Kind,
  parse,
  type SelectionNode,
  TypeInfo,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/**
 * What a document costs by GitHub's formula (“Rate limits and node limits for the GraphQL API”): the requests that are needed for each
 * connection, as if every one were as long as its `first` or `last` allows, divided by 100 and rounded, at least one. `nodes` counts
 * what it may answer.
 *
 * @param options.nodes how many things `nodes(ids:)` is asked for.
 */
export function costOf(
  schema: GraphQLSchema,
  document: string,
  options: { readonly nodes?: number } = {},
): { readonly points: number; readonly nodes: number } {
  const parsed = parse(document)
  const connections = new Map<object, number>()
  const info = new TypeInfo(schema)
  visit(
    parsed,
    visitWithTypeInfo(info, {
      Field: (field) => {
        const type = getNamedType(info.getType())
        if (type === undefined || type === null || !isObjectType(type) || !type.name.endsWith('Connection'))
          return
        const limit = field.arguments?.find(({ name }) => name.value === 'first' || name.value === 'last')
        if (limit?.value.kind !== Kind.INT) throw new Error(`${field.name.value} has no limit`)
        connections.set(field, Number(limit.value.value))
      },
    }),
  )
  const fragments = new Map(
    parsed.definitions.flatMap((one) =>
      one.kind === Kind.FRAGMENT_DEFINITION ? [[one.name.value, one.selectionSet.selections] as const] : [],
    ),
  )
  let requests = 0
  let nodes = 0
  const walk = (selections: readonly SelectionNode[], times: number) => {
    for (const one of selections) {
      if (one.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(one.name.value) ?? [], times)
      else if (one.kind === Kind.INLINE_FRAGMENT) walk(one.selectionSet.selections, times)
      else {
        const limit = connections.get(one)
        if (limit !== undefined) {
          requests += times
          nodes += times * limit
        }
        const many = one.name.value === 'nodes' && one.arguments?.length === 1 ? (options.nodes ?? 1) : 1
        walk(one.selectionSet?.selections ?? [], times * (limit ?? 1) * many)
      }
    }
  }
  for (const one of parsed.definitions) {
    if (one.kind === Kind.OPERATION_DEFINITION) walk(one.selectionSet.selections, 1)
  }
  return { points: Math.max(1, Math.round(requests / 100)), nodes }
}

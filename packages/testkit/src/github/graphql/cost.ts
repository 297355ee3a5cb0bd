import {
  type DocumentNode,
  type FieldNode,
  GraphQLError,
  type GraphQLSchema,
  getNamedType,
  Kind,
  type SelectionSetNode,
  TypeInfo,
  type ValueNode,
  visit,
  visitWithTypeInfo,
} from 'graphql'

/** What a query may ask for at most (https://docs.github.com/graphql/overview/rate-limits-and-query-limits-for-the-graphql-api). */
const MOST_NODES = 500_000
const MOST_RECORDS = 100

export interface Cost {
  /** Points: requests needed for all connections, by the hundred, at least 1. */
  readonly points: number
  /** Nodes it may answer with. */
  readonly nodes: number
  /** Limits it breaks. */
  readonly errors: readonly GraphQLError[]
}

type Variables = Readonly<Record<string, unknown>>

/** What a document costs before anything is known of its answer: every connection counts as if it were full. */
export function costOf(schema: GraphQLSchema, document: DocumentNode, variables: Variables): Cost {
  const connections = connectionFields(schema, document)
  const fragments = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition.selectionSet]] : [],
    ),
  )
  const errors: GraphQLError[] = []
  let requests = 0
  let nodes = 0
  const walk = (set: SelectionSetNode | undefined, times: number): void => {
    for (const selection of set?.selections ?? []) {
      if (selection.kind === Kind.INLINE_FRAGMENT) walk(selection.selectionSet, times)
      else if (selection.kind === Kind.FRAGMENT_SPREAD) walk(fragments.get(selection.name.value), times)
      else if (connections.has(selection)) {
        const size = sizeOf(selection, variables, errors)
        requests += times
        nodes += times * size
        walk(selection.selectionSet, times * size)
      } else walk(selection.selectionSet, times * listLength(selection, variables))
    }
  }
  for (const definition of document.definitions) {
    if (definition.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet, 1)
  }
  if (nodes > MOST_NODES) {
    errors.push(
      refusal(
        'MAX_NODE_LIMIT_EXCEEDED',
        `This query requests up to ${nodes.toLocaleString('en')} possible nodes which exceeds the maximum limit of 500,000.`,
      ),
    )
  }
  return { points: Math.max(1, Math.round(requests / 100)), nodes, errors }
}

function connectionFields(schema: GraphQLSchema, document: DocumentNode): Set<FieldNode> {
  const found = new Set<FieldNode>()
  const types = new TypeInfo(schema)
  visit(
    document,
    visitWithTypeInfo(types, {
      Field: (field) => {
        const type = types.getType()
        if (type && getNamedType(type).name.endsWith('Connection')) found.add(field)
      },
    }),
  )
  return found
}

/** How many records of a connection are asked for; without a bound, or with too large a one, that is an error. */
function sizeOf(field: FieldNode, variables: Variables, errors: GraphQLError[]): number {
  const name = field.name.value
  for (const bound of ['first', 'last'] as const) {
    const argument = field.arguments?.find((each) => each.name.value === bound)
    const value = argument === undefined ? undefined : givenValue(argument.value, variables)
    if (value === undefined || value === null) continue
    const size = Number(value)
    if (size > MOST_RECORDS) {
      errors.push(
        refusal(
          'EXCESSIVE_PAGINATION',
          `Requesting ${size} records on the \`${name}\` connection exceeds the \`${bound}\` limit of ${MOST_RECORDS} records.`,
        ),
      )
    }
    if (size < 1) {
      errors.push(
        refusal('INVALID_PAGINATION', `\`${bound}\` on the \`${name}\` connection cannot be less than one.`),
      )
    }
    return size
  }
  errors.push(
    refusal(
      'MISSING_PAGINATION_BOUNDARIES',
      `You must provide a \`first\` or \`last\` value to properly paginate the \`${name}\` connection.`,
    ),
  )
  return 0
}

/** `nodes(ids: …)` answers as many things as it is given ids. */
function listLength(field: FieldNode, variables: Variables): number {
  const ids =
    field.name.value === 'nodes' ? field.arguments?.find(({ name }) => name.value === 'ids') : undefined
  const value = ids === undefined ? undefined : givenValue(ids.value, variables)
  return Array.isArray(value) ? value.length : 1
}

function givenValue(node: ValueNode, variables: Variables): unknown {
  if (node.kind === Kind.VARIABLE) return variables[node.name.value]
  if (node.kind === Kind.INT) return Number(node.value)
  if (node.kind === Kind.LIST) return node.values
  return undefined
}

function refusal(type: string, message: string): GraphQLError {
  return new GraphQLError(message, { extensions: { type } })
}

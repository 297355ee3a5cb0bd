import { GraphQLError } from 'graphql'

export interface PageArguments {
  readonly first?: number | null
  readonly last?: number | null
  readonly after?: string | null
  readonly before?: string | null
}

/** The list behind a connection; how things in it are told apart; and as what they are shown. */
export interface Source<T> {
  readonly items: readonly T[] | (() => Promise<readonly T[]>)
  readonly key: (item: T) => string | number
  readonly node: (item: T) => object
}

/** A connection as its schema has it: what is not asked for is not found out. Cursors name things, not places, so they outlive inserts. */
export function connection<T>(page: PageArguments, { items, key, node }: Source<T>) {
  let read: Promise<readonly T[]> | undefined
  const all = () => {
    read ??= typeof items === 'function' ? items() : Promise.resolve(items)
    return read
  }
  const shown = async () => windowOf(await all(), page, key)
  return {
    totalCount: async () => (await all()).length,
    nodes: async () => (await shown()).items.map(node),
    edges: async () =>
      (await shown()).items.map((item) => ({ cursor: cursorOf(key(item)), node: () => node(item) })),
    pageInfo: async () => {
      const { items: own, hasNextPage, hasPreviousPage } = await shown()
      const [first, last] = [own[0], own.at(-1)]
      return {
        hasNextPage,
        hasPreviousPage,
        startCursor: first === undefined ? null : cursorOf(key(first)),
        endCursor: last === undefined ? null : cursorOf(key(last)),
      }
    },
  }
}

function windowOf<T>(all: readonly T[], page: PageArguments, key: (item: T) => string | number) {
  const from = page.after ? placeOf(all, page.after, key) + 1 : 0
  const to = page.before ? placeOf(all, page.before, key) : all.length
  const between = all.slice(from, to)
  const items = page.first ? between.slice(0, page.first) : page.last ? between.slice(-page.last) : between
  return {
    items,
    hasNextPage: page.first ? between.length > items.length : to < all.length,
    hasPreviousPage: page.first ? from > 0 : between.length > items.length || from > 0,
  }
}

const MARK = 'cursor:v2:'

function cursorOf(key: string | number): string {
  return Buffer.from(`${MARK}${key}`).toString('base64')
}

function placeOf<T>(all: readonly T[], cursor: string, key: (item: T) => string | number): number {
  const text = Buffer.from(cursor, 'base64').toString('utf8')
  const place = all.findIndex((item) => `${MARK}${key(item)}` === text)
  if (place < 0) {
    throw new GraphQLError(`\`${cursor}\` does not appear to be a valid cursor.`, {
      extensions: { type: 'INVALID_CURSOR_ARGUMENTS' },
    })
  }
  return place
}

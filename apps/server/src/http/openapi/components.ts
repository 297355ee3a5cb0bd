interface Document {
  readonly components?: { schemas?: Record<string, unknown> }
}

const PREFIX = '#/components/schemas/'

/**
 * Leaves out the schemas that nothing refers to, and calls what is left of a pair by its plain name: each schema with an id is there
 * twice, as it is sent (`TaskInput`) and as it is answered (`Task`), and most are only one of the two.
 */
export function tidyComponents<D extends object>(document: D): D {
  const { components, ...rest } = document as D & Document
  const all = components?.schemas ?? {}
  const used = reachable(rest, all)
  const names = new Map([...used].map((name) => [name, plainName(name, used)]))
  const schemas = Object.fromEntries([...used].sort().map((name) => [names.get(name) ?? name, all[name]]))
  return renamed({ ...document, components: { ...components, schemas } }, names)
}

function plainName(name: string, used: ReadonlySet<string>): string {
  const plain = name.replace(/Input$/, '')
  return used.has(plain) ? name : plain
}

function reachable(from: unknown, schemas: Readonly<Record<string, unknown>>): Set<string> {
  const found = new Set<string>()
  const open = [from]
  while (open.length > 0) {
    for (const name of refsIn(open.pop())) {
      if (found.has(name)) continue
      found.add(name)
      open.push(schemas[name])
    }
  }
  return found
}

function refsIn(value: unknown): string[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) =>
    key === '$ref' && typeof inner === 'string' && inner.startsWith(PREFIX)
      ? [inner.slice(PREFIX.length)]
      : refsIn(inner),
  )
}

function renamed<T>(value: T, names: ReadonlyMap<string, string>): T {
  if (Array.isArray(value)) return value.map((inner) => renamed(inner, names)) as T
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith(PREFIX)) {
        return [key, renamed(inner, names)]
      }
      const name = inner.slice(PREFIX.length)
      return [key, PREFIX + (names.get(name) ?? name)]
    }),
  ) as T
}

type Container = Record<string, unknown> | unknown[]

/** A JSON object that has something at each dot path that is mapped; numbers in a path are places in a list. */
export function examplePayload(mapping: Readonly<Record<string, string>> | null): Container {
  const payload: Container = {}
  for (const path of Object.values(mapping ?? {})) {
    const parts = path.split('.')
    let place: Container = payload
    for (const [index, part] of parts.entries()) {
      const next = parts[index + 1]
      const there: unknown = Object.getOwnPropertyDescriptor(place, part)?.value
      const value = next === undefined ? '…' : isContainer(there) ? there : /^\d{1,2}$/.test(next) ? [] : {}
      // Also a name that means something to objects becomes a plain property.
      Object.defineProperty(place, part, { value, enumerable: true, writable: true, configurable: true })
      if (!isContainer(value)) break
      place = value
    }
  }
  return payload
}

function isContainer(value: unknown): value is Container {
  return typeof value === 'object' && value !== null
}

/**
 * The parameters a payload holds: by a mapping of parameters to dot paths, of which those that lead nowhere are left out, or without one
 * the keys of its top level. Items of arrays are named by their index. Only what the payload itself has is found, never what every
 * object inherits.
 */
export function paramsOf(
  payload: Readonly<Record<string, unknown>>,
  mapping: Readonly<Record<string, string>> | null,
): Record<string, unknown> {
  if (mapping === null) return { ...payload }
  return Object.fromEntries(
    Object.entries(mapping).flatMap(([param, path]) => {
      const value = valueAt(payload, path)
      return value === undefined ? [] : [[param, value]]
    }),
  )
}

function valueAt(payload: unknown, path: string): unknown {
  let value = payload
  for (const key of path.split('.')) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    // Of an array its items, not its length.
    if (Array.isArray(value) && !/^\d+$/.test(key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

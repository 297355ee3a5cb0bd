/** Without those that were not given. */
export function withoutGaps<T extends Readonly<Record<string, unknown>>>(fields: T): Partial<T> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined)) as Partial<T>
}

/** An empty value takes one back: null. */
export function orNothing<T extends string | number>(given: T | undefined): T | null | undefined {
  return given === '' ? null : given
}

/** An answer with the mark it can be asked for again by. */
export interface Kept {
  readonly etag: string
  readonly data: unknown
  readonly headers: Readonly<Record<string, string>>
  /** Bytes of it as it came. */
  readonly bytes: number
}

export interface EtagCache {
  get(key: string): Kept | null
  set(key: string, kept: Kept): void
}

/** The answers that were asked for last, up to a number of them and of bytes. */
export function createEtagCache(limits: { readonly entries: number; readonly bytes: number }): EtagCache {
  const kept = new Map<string, Kept>()
  let bytes = 0
  const drop = (key: string): void => {
    bytes -= kept.get(key)?.bytes ?? 0
    kept.delete(key)
  }
  return {
    get: (key) => {
      const found = kept.get(key)
      if (found === undefined) return null
      // A map keeps the order of insertion: what was used goes to the end.
      kept.delete(key)
      kept.set(key, found)
      return found
    },
    set: (key, answer) => {
      drop(key)
      if (answer.bytes > limits.bytes / 8) return
      kept.set(key, answer)
      bytes += answer.bytes
      for (const oldest of kept.keys()) {
        if (kept.size <= limits.entries && bytes <= limits.bytes) break
        drop(oldest)
      }
    },
  }
}

/** Remembers it, and forgets what was remembered longest ago beyond `limit`. */
export function keep<T>(known: Map<string, T>, key: string, value: T, limit: number): void {
  known.delete(key)
  known.set(key, value)
  for (const oldest of known.keys()) {
    if (known.size <= limit) break
    known.delete(oldest)
  }
}

/** Seed of this run: given by OPTIO_TEST_SEED, else new. Tests print it. */
export function testSeed(): number {
  const given = process.env.OPTIO_TEST_SEED
  return given ? Number(given) : Math.floor(Math.random() * 2 ** 31)
}

export interface Random {
  /** Uniform in [0, 1). */
  next(): number
  /** A whole number from 0 to `below` - 1. */
  below(below: number): number
  shuffled<T>(items: readonly T[]): T[]
}

/** Mulberry32 (Tommy Ettinger, public domain): small, and the same everywhere. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x6d2b79f5) >>> 0
    let t = state
    t = Math.imul(t ^ (t >>> 15), t | 1)
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61)
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32
  }
  const below = (limit: number) => Math.floor(next() * limit)
  return {
    next,
    below,
    shuffled(items) {
      const copy = [...items]
      for (let i = copy.length - 1; i > 0; i--) {
        const j = below(i + 1)
        const [a, b] = [copy[i], copy[j]]
        if (a === undefined || b === undefined) continue
        copy[i] = b
        copy[j] = a
      }
      return copy
    },
  }
}

import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const DIST = new URL('../dist/', import.meta.url)
/** In bytes, compressed: what every first visit waits for, whatever page it is of. */
const MOST = 170_000

/** The scripts a browser loads before any page, as they are served, by name. */
function firstScripts(): ReadonlyMap<string, Buffer> {
  if (!existsSync(fileURLToPath(DIST))) {
    throw new Error('The pages are not built: run these tests with "npm test".')
  }
  const html = readFileSync(new URL('index.html', DIST), 'utf8')
  const names = [...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([name]) => name)
  return new Map(names.map((name) => [name, readFileSync(new URL(name, DIST))]))
}

/** Names of those that contain these words. */
function whichSay(words: string): string[] {
  return [...firstScripts()].flatMap(([name, script]) => (script.includes(words) ? [name] : []))
}

describe('what is loaded before any page', () => {
  it(`is at most ${MOST / 1000} kB`, () => {
    const scripts = [...firstScripts().values()]
    expect(scripts.length).toBeGreaterThan(0)
    expect(scripts.reduce((bytes, script) => bytes + gzipSync(script).length, 0)).toBeLessThan(MOST)
  })

  // What pages need of the contract's lists of names stands in its `names.ts`, which makes no schema.
  it('holds where calls go, and none of the schemas of what is sent there', () => {
    expect(whichSay('/api/tasks/:id/runs').length).toBeGreaterThan(0)
    expect(whichSay('ZodError')).toEqual([])
  })
})

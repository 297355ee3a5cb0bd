import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'

const DIST = new URL('../dist/', import.meta.url)
/** In bytes, compressed: what every first visit waits for, whatever page it is of. */
const MOST = 170_000

/** The scripts a browser loads before any page, as they are served. */
function firstScripts(): Buffer[] {
  if (!existsSync(fileURLToPath(DIST)))
    throw new Error('The pages are not built: run these tests with "npm test".')
  const html = readFileSync(new URL('index.html', DIST), 'utf8')
  const names = new Set([...html.matchAll(/assets\/[\w.-]+\.js/g)].map(([name]) => name))
  return [...names].map((name) => readFileSync(new URL(name, DIST)))
}

describe('what is loaded before any page', () => {
  it(`is at most ${MOST / 1000} kB`, () => {
    const scripts = firstScripts()
    expect(scripts.length).toBeGreaterThan(0)
    expect(scripts.reduce((bytes, script) => bytes + gzipSync(script).length, 0)).toBeLessThan(MOST)
  })

  it('holds where calls go, and none of the schemas of what is sent there', () => {
    const scripts = firstScripts().map((script) => script.toString('utf8'))
    expect(scripts.some((script) => script.includes('/api/tasks/:id/runs'))).toBe(true)
    expect(scripts.filter((script) => script.includes('ZodError'))).toEqual([])
  })
})

import { readdirSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { gzipSync } from 'node:zlib'
import { launchBrowser } from './support/browser.mjs'
import { percentile, rounded } from './support/figures.mjs'
import { RARE_WORD, seedLog, seedRepository } from './support/seed.mjs'
import { connectTo, makeDataDirectory, removeDataDirectory, startServer } from './support/server.mjs'

const ENTRIES = 1_000_000
const VISITS = 10
const JUMPS = 20
const SCROLL_MS = 5_000
const BUNDLE = fileURLToPath(new URL('../apps/web/dist', import.meta.url))

/**
 * Method. The compiled server with its bundled pages and an embedded Postgres; the page of a task with a log of 1,000,000 entries of some
 * 120 bytes, seeded; Chromium without a window and without a graphics card, 1280 x 900 pixels, on the same machine.
 *
 * - first picture: from the start of the navigation until the last line of the log is in a picture (the first frame after it is in the
 *   document), in a fresh profile each time: nothing is cached.
 * - jump: from the press of a key or the change of the address until the line asked for is in a picture: start, end, and lines by number.
 * - scrolling: 5 s of wheel turns of 120 pixels each picture, in the middle of the log, where nothing has been read yet; the times
 *   between pictures as the page sees them (requestAnimationFrame). 16.7 ms is 60 a second. The same while the bar is dragged from top to bottom.
 * - search: from the last key stroke until the one entry with the word is in a picture (250 ms of it is waiting for a further key).
 * - bundle: what the first visit of the page loads, and all files there are, raw and as gzip.
 */
export default async function measureTaskPage() {
  const dataDir = await makeDataDirectory()
  const server = await startServer(dataDir)
  const browser = await launchBrowser()
  try {
    const db = await connectTo(dataDir)
    const repository = await seedRepository(db)
    const { runId } = await seedLog(db, { repository, entries: ENTRIES })
    await db.query('vacuum analyze log_entries')
    await db.end()
    const address = `${server.url}/tasks/${runId}?tab=log`
    // Prepares the log for searches, which is another bench's figure.
    await (await fetch(`${server.url}/api/tasks/${runId}/logs?search=${RARE_WORD}`)).text()
    return [
      ...(await measureVisits(browser, address)),
      ...(await measureMoves(browser, address)),
      ...measureBundle(),
    ]
  } finally {
    await browser.close()
    await server.stop()
    await removeDataDirectory(dataDir)
  }
}

/** @typedef {import('playwright-core').Page} Page */

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 */
async function measureVisits(browser, address) {
  const times = []
  let loaded = 0
  for (let n = 0; n < VISITS + 1; n++) {
    const context = await browser.newContext({ viewport: { width: 1280, height: 900 } })
    const page = await context.newPage()
    await page.goto(address, { waitUntil: 'commit' })
    const seen = await pictured(page, ENTRIES)
    if (n > 0) times.push(seen)
    loaded = await page.evaluate(() =>
      performance.getEntriesByType('resource').reduce((sum, entry) => {
        const { initiatorType, decodedBodySize } = /** @type {PerformanceResourceTiming} */ (entry)
        return initiatorType === 'fetch' ? sum : sum + decodedBodySize
      }, 0),
    )
    await context.close()
  }
  return [
    ...two('first picture of the task page', times, 'ms', { aim: { atMost: 1_000 } }),
    { name: 'loaded for it: scripts and styles, raw', value: rounded(loaded / 1024), unit: 'KiB', n: 1 },
  ]
}

/**
 * @param {import('playwright-core').Browser} browser
 * @param {string} address
 */
async function measureMoves(browser, address) {
  const page = await browser.newPage({ viewport: { width: 1280, height: 900 } })
  await page.goto(address)
  await pictured(page, ENTRIES)
  await page.getByRole('feed').focus()
  const jumps = []
  for (let n = 0; n < JUMPS; n++) {
    jumps.push(await timed(page, 'Home', 1))
    jumps.push(await timed(page, 'End', ENTRIES))
    // An entry of text: the answers of tools are folded into their calls.
    const line = 10 + 30 * ((n * 20_399) % Math.floor(ENTRIES / 30))
    const input = page.getByLabel('Go to line')
    await input.fill(String(line))
    jumps.push(await timed(input, 'Enter', line))
    await page.getByRole('feed').focus()
  }
  await page.getByLabel('Go to line').fill(String(ENTRIES / 2))
  await page.getByLabel('Go to line').press('Enter')
  await pictured(page, ENTRIES / 2)
  const box = await page.getByRole('feed').boundingBox()
  await page.mouse.move((box?.x ?? 0) + 300, (box?.y ?? 0) + 200)
  const wheel = await framesWhile(page, async (until) => {
    while (performance.now() < until) await page.mouse.wheel(0, 120)
  })
  const drag = await framesWhile(page, async (until) => {
    for (let step = 0; performance.now() < until; step++) {
      await page.evaluate(
        (share) => {
          const feed = document.querySelector('[role=feed]')
          if (feed) feed.scrollTop = share * (feed.scrollHeight - feed.clientHeight)
        },
        (step % 100) / 100,
      )
    }
  })
  const search = page.getByLabel('Search the log')
  await search.fill(RARE_WORD.slice(0, -1))
  const found = await timed(search, RARE_WORD.slice(-1), (ENTRIES * 9) / 10)
  await page.close()
  const share = (/** @type {number[]} */ frames) =>
    rounded((100 * frames.filter((ms) => ms < 25).length) / frames.length, 1)
  return [
    ...two('jump to the start, the end or a line', jumps, 'ms', { aim: { atMost: 1_000 } }),
    ...two('scrolling by wheel, time between pictures', wheel, 'ms'),
    {
      name: 'scrolling by wheel, pictures in time (under 25 ms)',
      value: share(wheel),
      unit: '%',
      n: wheel.length,
    },
    ...two('dragging the bar, time between pictures', drag, 'ms'),
    { name: 'search for a rare word, until it is seen', value: rounded(found), unit: 'ms', n: 1 },
  ]
}

/**
 * Presses a key and answers how long it takes until a line is in a picture, in milliseconds.
 * @param {{ press(key: string): Promise<void> } & import('playwright-core').Locator | Page} target
 * @param {string} key
 * @param {number} seq
 */
async function timed(target, key, seq) {
  const page = 'page' in target ? target.page() : target
  await page.evaluate(() => {
    addEventListener('keydown', ({ timeStamp }) => Object.assign(window, { pressedAt: timeStamp }), {
      once: true,
      capture: true,
    })
  })
  if ('page' in target) await target.press(key)
  else await target.keyboard.press(key)
  const at = await pictured(page, seq)
  return at - (await page.evaluate(() => /** @type {any} */ (window).pressedAt))
}

/**
 * Waits until the entry with this seq is read and in a picture; answers when that was, in milliseconds since the navigation began.
 * @param {Page} page
 * @param {number} seq
 * @returns {Promise<number>}
 */
async function pictured(page, seq) {
  const handle = await page.waitForFunction((wanted) => {
    const row = document.querySelector(`[data-seq="${wanted}"]`)
    const feed = document.querySelector('[role=feed]')
    if (!row || !feed) return null
    const [inner, outer] = [row.getBoundingClientRect(), feed.getBoundingClientRect()]
    return inner.bottom > outer.top && inner.top < outer.bottom ? performance.now() : null
  }, seq)
  return Number(await handle.jsonValue())
}

/**
 * Milliseconds between pictures while something is done for some seconds.
 * @param {Page} page
 * @param {(until: number) => Promise<void>} act
 * @returns {Promise<number[]>}
 */
async function framesWhile(page, act) {
  await page.evaluate(() => {
    const frames = /** @type {number[]} */ ([])
    Object.assign(window, { frames })
    let last = performance.now()
    const next = (/** @type {number} */ now) => {
      frames.push(now - last)
      last = now
      requestAnimationFrame(next)
    }
    requestAnimationFrame(next)
  })
  await act(performance.now() + SCROLL_MS)
  return await page.evaluate(() => /** @type {any} */ (window).frames.slice(2))
}

function measureBundle() {
  const files = readdirSync(BUNDLE, { recursive: true, encoding: 'utf8' }).filter((name) =>
    /\.(js|css|html)$/.test(name),
  )
  const contents = files.map((name) => readFileSync(path.join(BUNDLE, name)))
  const sum = (/** @type {readonly Buffer[]} */ parts) =>
    rounded(parts.reduce((bytes, part) => bytes + part.length, 0) / 1024)
  return [
    { name: 'bundle, all files, raw', value: sum(contents), unit: 'KiB', n: 1 },
    {
      name: 'bundle, all files, gzip',
      value: sum(contents.map((part) => gzipSync(part))),
      unit: 'KiB',
      n: 1,
    },
  ]
}

/**
 * @param {string} name
 * @param {number[]} times
 * @param {string} unit
 * @param {{ aim?: { atMost: number } }} [aim] of the slowest
 */
function two(name, times, unit, aim = {}) {
  return [
    { name: `${name}, p50`, value: rounded(percentile(times, 0.5), 1), unit, n: times.length },
    { name: `${name}, p99`, value: rounded(percentile(times, 0.99), 1), unit, n: times.length, ...aim },
  ]
}

import { afterEach, expect, it } from 'vitest'
import { summary } from '../commands/test.mjs'
import { type Checkout, makeCheckout } from './checkout.ts'

let checkout: Checkout

afterEach(() => checkout?.remove())

const PASSING = `import { expect, it } from 'vitest'
it('one', () => expect(1).toBe(1))
it('two', () => expect(2).toBe(2))
`

async function npmTest(files: Record<string, string>, args: string[] = []) {
  checkout = makeCheckout(files)
  const { code, stdout } = await checkout.run(['test', ...args])
  return { code, last: stdout.trimEnd().split('\n').at(-1) }
}

it('ends with a plain line of what passed and failed, and a good exit code', async () => {
  expect(await npmTest({ 'a.test.js': PASSING })).toEqual({ code: 0, last: '2 passed, 0 failed' })
})

it('fails when a test failed, and counts the skipped', async () => {
  const mixed = `${PASSING}it('three', () => expect(3).toBe(4))\nit.skip('four', () => {})\nit.todo('five')\n`
  expect(await npmTest({ 'a.test.js': mixed })).toEqual({ code: 1, last: '2 passed, 1 failed, 2 skipped' })
})

it('counts a file that can’t be collected, and an error outside of any test, as failures', async () => {
  const files = {
    'a.test.js': PASSING,
    'broken.test.js': 'this is not a program',
    'late.test.js': `import { it } from 'vitest'
      it('starts something', () => { Promise.reject(new Error('too late')) })
    `,
  }
  expect(await npmTest(files)).toEqual({ code: 1, last: '3 passed, 2 failed' })
})

it('passes filters on, and fails when they match nothing', async () => {
  const files = { 'a.test.js': PASSING, 'b.test.js': "throw new Error('not asked for')" }
  expect(await npmTest(files, ['a.test.js', '-t', 'two'])).toEqual({
    code: 0,
    last: '1 passed, 0 failed, 1 skipped',
  })
  checkout.remove()
  expect(await npmTest(files, ['nothing-of-this-name'])).toEqual({ code: 1, last: '0 passed, 0 failed' })
})

it('leaves the skipped out of the line when there are none', () => {
  expect(summary({ passed: 123, failed: 0, skipped: 0 })).toBe('123 passed, 0 failed')
  expect(summary({ passed: 1, failed: 2, skipped: 3 })).toBe('1 passed, 2 failed, 3 skipped')
})

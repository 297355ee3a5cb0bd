import { existsSync, rmSync } from 'node:fs'
import path from 'node:path'
import { afterEach, expect, it } from 'vitest'
import { type Checkout, makeCheckout, until } from './checkout.ts'

let checkout: Checkout

afterEach(() => checkout?.remove())

const TSCONFIG = {
  compilerOptions: {
    target: 'ES2023',
    module: 'NodeNext',
    composite: true,
    types: [],
    rootDir: 'src',
    outDir: 'dist',
    tsBuildInfoFile: 'dist/.tsbuildinfo',
  },
  include: ['src'],
}
/** A program that says what it is and stays up until it is asked to stop. */
const STAYS_UP = (name: string) => `
declare const process: any, setInterval: any, console: any
export async function main(): Promise<void> {
  const timer = setInterval(() => {}, 1000)
  process.once('SIGTERM', () => { console.log('stopped ${name}'); process.exit(0) })
  console.log('ready ${name} ' + process.pid)
}
`

function withServer(files: Record<string, string>): Checkout {
  return makeCheckout({
    'tsconfig.json': JSON.stringify({ files: [], references: [{ path: './apps/server' }] }),
    'apps/server/package.json': JSON.stringify({ name: '@optio/server', type: 'module' }),
    'apps/server/tsconfig.json': JSON.stringify(TSCONFIG),
    'apps/server/src/index.ts': 'export {}\n',
    ...files,
  })
}

it('builds, and runs the program in the same process with its arguments', async () => {
  checkout = withServer({
    'apps/server/src/main.ts': `
      declare const process: any, console: any
      export async function main(argv: string[]): Promise<void> { console.log(process.pid, JSON.stringify(argv)) }
    `,
    'apps/server/src/demo/main.ts': `
      declare const console: any
      export async function main(argv: string[]): Promise<void> { console.log('demo', JSON.stringify(argv)) }
    `,
  })
  const running = checkout.start(['start', '--flag', 'a b'])
  expect(await running.ended).toBe(0)
  expect(running.stdout).toBe(`${running.child.pid} ["--flag","a b"]\n`)
  expect(running.stderr).toMatch(/^building …\nbuilt \(\d+\.\d s\)\n$/)

  const demo = await checkout.run(['demo', '--json'])
  expect(demo).toEqual({ code: 0, stdout: 'demo ["--json"]\n', stderr: '' })
})

it('builds again when a source, or what was built, changed, and forgets what was built from deleted sources', async () => {
  const main = (text: string) =>
    `declare const console: any\nexport const main = async () => console.log('${text}')\n`
  checkout = withServer({ 'apps/server/src/main.ts': main('one'), 'apps/server/src/old.ts': 'export {}\n' })
  const dist = path.join(checkout.root, 'apps/server/dist')
  expect((await checkout.run(['start'])).stdout).toBe('one\n')
  expect(existsSync(path.join(dist, 'old.js'))).toBe(true)

  rmSync(path.join(checkout.root, 'apps/server/src/old.ts'))
  checkout.write({ 'apps/server/src/main.ts': main('two') })
  expect((await checkout.run(['start'])).stdout).toBe('two\n')
  expect(existsSync(path.join(dist, 'old.js'))).toBe(false)
  expect(existsSync(path.join(dist, 'old.d.ts'))).toBe(false)

  rmSync(dist, { recursive: true })
  expect((await checkout.run(['start'])).stdout).toBe('two\n')
})

it('builds again after it was killed while tsc wrote', async () => {
  checkout = withServer({ 'apps/server/src/main.ts': STAYS_UP('one') })
  // What a killed tsc can leave: a torn record of its own, and output without it.
  checkout.write({
    'apps/server/dist/.tsbuildinfo': '{"version":"7.0',
    'apps/server/dist/main.js': 'export const ma',
  })
  const running = checkout.start(['start'])
  await until(
    () => running.stdout.startsWith('ready one'),
    () => running.stderr,
  )
  running.child.kill('SIGTERM')
  expect(await running.ended).toBe(0)
})

it('says what does not compile, and runs nothing', async () => {
  checkout = withServer({ 'apps/server/src/main.ts': 'export const main: string = 1\n' })
  const { code, stdout, stderr } = await checkout.run(['start'])
  expect({ code, stdout }).toEqual({ code: 1, stdout: '' })
  expect(stderr).toContain("main.ts(1,14): error TS2322: Type 'number' is not assignable to type 'string'.")
  expect(stderr).toContain('The build failed')
})

it('shows an error of Optio by its message alone, and any other with its stack', async () => {
  const throwing = (name: string) => `
    export const main = async () => { throw Object.assign(new Error('do this next'), { name: '${name}' }) }
  `
  checkout = withServer({ 'apps/server/src/main.ts': throwing('OptioError') })
  expect(await checkout.run(['start'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/\ndo this next\n$/),
  })
  checkout.write({ 'apps/server/src/main.ts': throwing('TypeError') })
  expect(await checkout.run(['start'])).toMatchObject({
    code: 1,
    stderr: expect.stringMatching(/main\.js:\d+/),
  })
})

it('names the commands when asked for one that does not exist', async () => {
  checkout = withServer({})
  expect(await checkout.run(['constructor'])).toMatchObject({
    code: 2,
    stderr: expect.stringContaining('<demo|start|dev|test|check|bench>'),
  })
})

it('dev starts the program again when a source changes, and keeps the last good one while they do not compile', async () => {
  checkout = withServer({ 'apps/server/src/main.ts': STAYS_UP('one') })
  const dev = checkout.start(['dev'])
  await until(
    () => dev.stdout.includes('ready one'),
    () => dev.stderr,
  )
  checkout.write({ 'apps/server/src/main.ts': 'export const main: string = 1\n' })
  await until(
    () => dev.stderr.includes('TS2322'),
    () => dev.stderr,
  )
  expect(dev.stdout).not.toContain('stopped')
  checkout.write({ 'apps/server/src/main.ts': STAYS_UP('two') })
  await until(
    () => dev.stdout.includes('ready two'),
    () => dev.stderr,
  )
  expect(dev.stdout).toMatch(/^ready one \d+\nstopped one\nready two \d+\n$/)
  dev.child.kill('SIGTERM')
  expect(await dev.ended).toBe(0)
  expect(dev.stdout).toMatch(/stopped two\n$/)
})

it('dev leaves no program behind when it is killed', async () => {
  checkout = withServer({ 'apps/server/src/main.ts': STAYS_UP('one') })
  const dev = checkout.start(['dev'])
  await until(
    () => dev.stdout.includes('ready one'),
    () => dev.stderr,
  )
  const pid = Number(/ready one (\d+)/.exec(dev.stdout)?.[1])
  dev.child.kill('SIGKILL')
  // The program holds the other end of the output, so it closes only when the program is gone too.
  expect(await dev.ended).toBe('SIGKILL')
  expect(dev.stdout).toMatch(/stopped one\n$/)
  await until(
    () => !existsSync(`/proc/${pid}/exe`),
    () => `process ${pid} still runs`,
  )
})

import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { importsOf } from '../arrows/imports.mjs'
import { findArrowViolations } from '../arrows/index.mjs'
import { ROOMS } from '../arrows/table.mjs'
import { ROOT } from '../setup/paths.mjs'

let root: string

beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), 'optio-arrows-'))
})

afterEach(() => rmSync(root, { recursive: true, force: true }))

function write(files: Record<string, string>): void {
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, name)), { recursive: true })
    writeFileSync(path.join(root, name), text)
  }
}

/** A package of ours that declares exactly these dependencies. */
function room(
  name: keyof typeof ROOMS,
  dependencies: string[] = [],
  more: object = {},
): Record<string, string> {
  const directory = ROOMS[name]?.directory ?? ''
  const declared = Object.fromEntries(dependencies.map((other) => [`@optio/${other}`, '0.1.0']))
  return {
    [`${directory}/package.json`]: JSON.stringify({
      name: `@optio/${name}`,
      exports: { '.': './src/index.ts' },
      dependencies: declared,
      ...more,
    }),
  }
}

async function violations(files: Record<string, string>): Promise<string[]> {
  write(files)
  return findArrowViolations(root)
}

describe('imports', () => {
  it('are seen in every form, with their lines', () => {
    const text = [
      "import a from 'static'",
      "import type { B } from 'static-type'",
      "export { c } from 'export-named'",
      "export type * from 'export-all'",
      "const d = await import('dynamic')",
      'const e = await import(`template`)',
      "type F = import('in-a-type').F",
      "type G = typeof import('typeof')",
      "const h = require('required')",
      "const i = require.resolve('resolved')",
      "const j = import.meta.resolve('meta-resolved')",
      "import k = require('import-equals')",
      "import 'for-effect'",
    ].join('\n')
    expect(importsOf('sample.ts', text)?.map(({ specifier, line }) => `${line} ${specifier}`)).toEqual([
      '1 static',
      '2 static-type',
      '3 export-named',
      '4 export-all',
      '5 dynamic',
      '6 template',
      '7 in-a-type',
      '8 typeof',
      '9 required',
      '10 resolved',
      '11 meta-resolved',
      '12 import-equals',
      '13 for-effect',
    ])
  })

  it('are not seen in comments and strings', () => {
    const text =
      "// import a from 'x'\n/* require('y') */ const s = \"import('z')\"\nconst t = `import('q')`\n"
    expect(importsOf('sample.ts', text)).toEqual([])
  })
})

describe('arrows', () => {
  it('pointing down are allowed', async () => {
    expect(
      await violations({
        ...room('contract'),
        ...room('core', ['contract']),
        ...room('git', ['contract']),
        ...room('forges', ['contract', 'core', 'git']),
        'packages/contract/src/index.ts': "import { z } from 'zod'\nexport const a = z\n",
        'packages/core/src/index.ts': "import { a } from '@optio/contract'\nexport const b = a\n",
        'packages/forges/src/index.ts':
          "import '@optio/core'\nimport '@optio/git'\nimport fs from 'node:fs'\nvoid fs\n",
      }),
    ).toEqual([])
  })

  it.each([
    ['contract', 'core'],
    ['core', 'git'],
    ['git', 'core'],
    ['agents', 'git'],
    ['forges', 'runtimes'],
    ['runtimes', 'forges'],
    ['testkit', 'core'],
    ['web', 'core'],
  ] as const)('from %s to %s are refused, in source and in package.json', async (from, to) => {
    const { directory } = ROOMS[from] ?? { directory: '' }
    const found = await violations({
      ...room(from, [to]),
      [`${directory}/src/a.ts`]: `\nexport type A = import('@optio/${to}').A\n`,
    })
    expect(found).toEqual([
      expect.stringMatching(`^${directory}/package.json: depends on @optio/${to}; ${from} may import `),
      expect.stringMatching(`^${directory}/src/a.ts:2: '@optio/${to}': .*arrows point down only$`),
    ])
  })

  it('of tsconfig references are refused too', async () => {
    const found = await violations({
      ...room('core', ['contract']),
      'packages/core/tsconfig.json': JSON.stringify({
        references: [{ path: '../contract' }, { path: '../git' }],
      }),
    })
    expect(found).toEqual(['packages/core/tsconfig.json: refers to packages/git; core may import contract'])
  })

  it('of a file that can’t be parsed are not taken for none', async () => {
    const found = await violations({ ...room('core', ['contract']), 'packages/core/src/a.ts': 'import {' })
    expect(found).toEqual([expect.stringContaining("packages/core/src/a.ts: can't be parsed")])
  })

  it('to a package that is not declared are refused', async () => {
    const found = await violations({
      ...room('core'),
      'packages/core/src/a.ts': "import '@optio/contract'\n",
    })
    expect(found).toEqual([expect.stringContaining('not in the dependencies of packages/core/package.json')])
  })

  it('from tests may point to the testkit, from sources not', async () => {
    const files = {
      ...room('core', ['contract'], { devDependencies: { '@optio/testkit': '0.1.0' } }),
      'packages/core/test/a.test.ts': "import '@optio/testkit'\nimport 'node:fs'\n",
    }
    expect(await violations(files)).toEqual([])
    const more = { ...files, 'packages/core/src/a.ts': "import '@optio/testkit'\n" }
    expect(await violations(more)).toEqual([expect.stringContaining('core may import contract')])
  })

  it('to the own package by its name are for tests only', async () => {
    const found = await violations({
      ...room('core'),
      'packages/core/src/a.ts': "import '@optio/core'\n",
      'packages/core/test/a.test.ts': "import '@optio/core'\n",
    })
    expect(found).toEqual([expect.stringMatching(/^packages\/core\/src\/a\.ts:1: .*use a relative path$/)])
  })

  it('of a package without a place in the table are refused', async () => {
    const found = await violations({
      'packages/extra/package.json': JSON.stringify({ name: '@optio/extra' }),
      'apps/core/package.json': JSON.stringify({ name: '@optio/core' }),
    })
    expect(found).toEqual([
      expect.stringContaining('packages/extra: @optio/extra has no place'),
      expect.stringContaining('apps/core: @optio/core has no place'),
    ])
  })
})

describe('rooms', () => {
  it('are entered through the door: not by a file inside, nor by a path', async () => {
    const found = await violations({
      ...room('contract', [], { exports: { '.': './src/index.ts', './client': './src/client.ts' } }),
      ...room('core', ['contract']),
      'packages/core/src/a.ts': [
        "import '@optio/contract/client'",
        "import '@optio/contract/src/errors.ts'",
        "import '@optio/contract/dist/errors.js'",
        "import '../../contract/src/errors.ts'",
      ].join('\n'),
      'packages/core/test/a.test.ts': "import '../src/a.ts'\nimport '../../contract/src/errors.ts'\n",
    })
    expect(found.map((line) => line.split(':').slice(0, 2).join(':'))).toEqual([
      'packages/core/src/a.ts:2',
      'packages/core/src/a.ts:3',
      'packages/core/src/a.ts:4',
      'packages/core/test/a.test.ts:2',
    ])
  })

  it('named core know nothing of the machine', async () => {
    const found = await violations({
      ...room('core', ['contract']),
      'packages/core/src/a.ts':
        "import 'node:fs'\nimport type { Stats } from 'fs'\nimport 'node:fs/promises'\n",
    })
    expect(found).toHaveLength(3)
    expect(found[0]).toContain('core is pure')
  })
})

describe('the server', () => {
  it('keeps the queries of a feature to that feature', async () => {
    const found = await violations({
      ...room('server'),
      'apps/server/src/features/tasks/service.ts': "import './queries.ts'\nimport './queries-list.ts'\n",
      'apps/server/src/features/repos/service.ts':
        "import '../tasks/service.ts'\nimport '../tasks/queries.ts'\n",
      'apps/server/src/features/repos/routes.ts': "export * from '../tasks/queries-list.ts'\n",
      'apps/server/src/engine/claim.ts': "import '../features/tasks/queries.ts'\n",
      'apps/server/test/tasks.test.ts': "import '../src/features/tasks/queries.ts'\n",
    })
    expect(found.map((line) => line.split(': ')[0])).toEqual([
      'apps/server/src/engine/claim.ts:1',
      'apps/server/src/features/repos/routes.ts:1',
      'apps/server/src/features/repos/service.ts:2',
    ])
  })

  it('has an engine that knows no HTTP', async () => {
    const found = await violations({
      ...room('server'),
      'apps/server/src/engine/step/observe.ts':
        "import type { App } from '../../http/app.ts'\nimport './run.ts'\n",
      'apps/server/src/engine/decide.ts': "import { routes } from '../features/tasks/routes.ts'\n",
      'apps/server/src/features/tasks/routes.ts': "import '../../http/app.ts'\n",
    })
    expect(found).toEqual([
      expect.stringMatching(/^apps\/server\/src\/engine\/decide\.ts:1: .*the engine knows no HTTP$/),
      expect.stringMatching(/^apps\/server\/src\/engine\/step\/observe\.ts:1: .*the engine knows no HTTP$/),
    ])
  })
})

it('import circles, of types too, are refused by Biome as it is configured here', () => {
  write({
    'biome.json': readFileSync(path.join(ROOT, 'biome.json'), 'utf8'),
    'src/a.ts': "import { b } from './b.ts'\nexport const a = () => b()\n",
    'src/b.ts': "import { a } from './c.ts'\nexport const b = () => a()\n",
    'src/c.ts': "export { a } from './a.ts'\n",
    'src/t.ts': "import type { U } from './u.ts'\nexport type T = { u: U }\n",
    'src/u.ts': "import type { T } from './t.ts'\nexport type U = { t: T | null }\n",
  })
  spawnSync('git', ['init', '-q'], { cwd: root })
  const biome = path.join(ROOT, 'node_modules/@biomejs/biome/bin/biome')
  const { status, stderr } = spawnSync(process.execPath, [biome, 'lint', '--colors=off', '.'], {
    cwd: root,
    encoding: 'utf8',
  })
  expect(status).toBe(1)
  expect(stderr.match(/^src\/\w\.ts:1:\d+ lint\/suspicious\/noImportCycles/gm)).toHaveLength(5)
})

it('this very project keeps its rules', async () => {
  expect(await findArrowViolations(ROOT)).toEqual([])
})

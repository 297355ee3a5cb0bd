import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { ERROR_CODES } from '../../packages/contract/src/errors.ts'
import { filesBelow, ROOT, workspaceDirectories } from '../setup/paths.mjs'

const doc = (name: string) => readFileSync(path.join(ROOT, 'docs', name), 'utf8')

it('docs/errors.md explains every error code with its status, and no other', () => {
  // A row: | `CODE` | status | when it occurs | what to do |
  const rows = [...doc('errors.md').matchAll(/^\| `([A-Z_]+)` \| (\d{3}|–) \| (.+?) \| (.+?) \|$/gm)]
  const documented = Object.fromEntries(rows.map(([, code, status]) => [code, status]))
  const expected = Object.fromEntries(
    Object.entries(ERROR_CODES).map(([code, status]) => [
      code,
      documented[code] === '–' && status === 500 ? '–' : String(status),
    ]),
  )
  expect(documented).toEqual(expected)
  expect(rows).toHaveLength(Object.keys(expected).length)
})

it('docs/operations.md explains every variable OPTIO_* that the sources name', () => {
  const explained = new Set(
    [...doc('operations.md').matchAll(/^\| `(OPTIO_[A-Z0-9_]+)` \|/gm)].map(([, name]) => name),
  )
  const sources = workspaceDirectories(ROOT)
    .flatMap((workspace) => filesBelow(path.join(workspace, 'src')))
    .map((file) => ({ file: path.relative(ROOT, file), text: readFileSync(file, 'utf8') }))
  // Constants of our own code may be named like variables of the environment.
  const constants = new Set(
    sources.flatMap(({ text }) => [...text.matchAll(/\bconst (OPTIO_[A-Z0-9_]+)/g)].map(([, name]) => name)),
  )
  const missing = sources.flatMap(({ file, text }) =>
    [...new Set(text.match(/\bOPTIO_[A-Z0-9_]*[A-Z0-9]\b/g))]
      // Those of tests stand in docs/development.md.
      .filter((name) => !explained.has(name) && !constants.has(name) && !name.startsWith('OPTIO_TEST_'))
      .map((name) => `${name} in ${file}`),
  )
  expect(missing).toEqual([])
})

it('links between the documents lead somewhere', () => {
  const documents = [
    ...filesBelow(path.join(ROOT, 'docs')),
    ...['README.md', 'CHANGELOG.md', 'bench/README.md'].map((name) => path.join(ROOT, name)),
  ]
  const broken = documents
    .filter((file) => file.endsWith('.md'))
    .flatMap((file) =>
      [...readFileSync(file, 'utf8').matchAll(/\]\((?!https?:|#)([^)#]+)(?:#[^)]*)?\)/g)]
        .map(([, target = '']) => path.resolve(path.dirname(file), target))
        .filter((target) => !existsSync(target))
        .map((target) => `${path.relative(ROOT, file)} -> ${path.relative(ROOT, target)}`),
    )
  expect(broken).toEqual([])
})

it('every decision is listed in docs/decisions/README.md', () => {
  const list = doc('decisions/README.md')
  const decisions = filesBelow(path.join(ROOT, 'docs/decisions'))
    .map((file) => path.basename(file))
    .filter((name) => name !== 'README.md')
  expect(decisions.filter((name) => !list.includes(`(${name})`))).toEqual([])
  expect(decisions.every((name) => /^\d{4}-[a-z0-9-]+\.md$/.test(name))).toBe(true)
})

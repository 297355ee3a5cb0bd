import { readFileSync } from 'node:fs'
import path from 'node:path'
import { expect, it } from 'vitest'
import { ROOT, workspaceDirectories } from '../setup/paths.mjs'

interface LockedPackage {
  readonly version?: string
  readonly resolved?: string
  readonly optionalDependencies?: Readonly<Record<string, string>>
}

const readJson = (...parts: string[]) => JSON.parse(readFileSync(path.join(ROOT, ...parts), 'utf8'))
const locked: Record<string, LockedPackage> = readJson('package-lock.json').packages

it('the lock file holds the packages of every platform, so that npm ci works on each', () => {
  // npm leaves out what a registry lacked when the lock was written, and `npm ci` then refuses the whole lock file.
  const missing = Object.entries(locked).flatMap(([place, { optionalDependencies = {} }]) =>
    Object.keys(optionalDependencies)
      .filter((name) => !(`node_modules/${name}` in locked) && !(`${place}/node_modules/${name}` in locked))
      .map((name) => `${place} needs ${name}`),
  )
  expect(missing).toEqual([])
})

it('the lock file names no registry', () => {
  const hosts = Object.values(locked).flatMap(({ resolved }) => (resolved?.includes('://') ? [resolved] : []))
  expect(hosts).toEqual([])
})

it('every dependency is pinned to one exact version', () => {
  const manifests = [ROOT, ...workspaceDirectories(ROOT)].map((directory) =>
    path.join(directory, 'package.json'),
  )
  const loose = manifests.flatMap((file) => {
    const { dependencies, devDependencies, optionalDependencies } = JSON.parse(readFileSync(file, 'utf8'))
    return Object.entries({ ...dependencies, ...devDependencies, ...optionalDependencies })
      .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(String(version)))
      .map(([name, version]) => `${path.relative(ROOT, file)}: ${name} ${version}`)
  })
  expect(loose).toEqual([])
})

it('the tests of every room are type-checked and run', () => {
  expect(readJson('tsconfig.tests.json').include).toEqual(
    expect.arrayContaining(['packages/*/test/**/*.ts', 'apps/*/test/**/*.ts']),
  )
  const referenced = readJson('tsconfig.json').references.map((reference: { path: string }) =>
    path.join(ROOT, reference.path),
  )
  expect(referenced.sort()).toEqual(workspaceDirectories(ROOT).sort())
})

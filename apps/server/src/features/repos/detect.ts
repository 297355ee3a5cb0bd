import type { Detected } from '@optio/contract'

/** What is at the top of a repository: names, and what is in those of `WANTED_FILES` that are there. */
export interface FilesFound {
  readonly names: readonly string[]
  readonly texts: ReadonlyMap<string, string>
}

/** Files whose content says something. */
export const WANTED_FILES = [
  'package.json',
  'pyproject.toml',
  'requirements.txt',
  'requirements-dev.txt',
  'setup.cfg',
  'tox.ini',
  'Makefile',
  'makefile',
  'GNUmakefile',
] as const

/** What one kind of project suggests. */
interface Suggestion {
  readonly setup: string | null
  readonly test: string | null
  readonly evidence: readonly string[]
}

/**
 * Suggests settings from file names and a few well-known files. Only reads: what it suggests runs when a person has saved it.
 * Of several kinds of project in one repository all are set up; the tests are those of the Makefile if it has any, else of
 * the first kind.
 */
export function detectSettings(files: FilesFound): Detected {
  const kinds = [node, python, rust, go].flatMap((look) => look(files) ?? [])
  const make = makefile(files)
  const setups = kinds.flatMap(({ setup }) => setup ?? [])
  const tests = kinds.flatMap(({ test }) => test ?? [])
  const test = tests.length === 1 ? tests[0] : (make?.test ?? tests[0])
  return {
    setupCommands: setups.length === 0 ? null : setups.join(' && '),
    testCommand: test ?? null,
    evidence: [...kinds, ...(make ? [make] : [])].flatMap(({ evidence }) => evidence),
  }
}

/** Lock files, each with the program that reads it and how it installs exactly what is locked. */
const NODE_LOCKS = [
  ['pnpm-lock.yaml', 'pnpm', 'pnpm install --frozen-lockfile'],
  ['yarn.lock', 'yarn', 'yarn install --immutable'],
  ['bun.lock', 'bun', 'bun install --frozen-lockfile'],
  ['bun.lockb', 'bun', 'bun install --frozen-lockfile'],
  ['package-lock.json', 'npm', 'npm ci'],
  ['npm-shrinkwrap.json', 'npm', 'npm ci'],
] as const

function node({ names, texts }: FilesFound): Suggestion | null {
  const text = texts.get('package.json')
  if (text === undefined) return null
  const manifest = parseObject(text)
  if (manifest === null) return { setup: null, test: null, evidence: ['package.json that is no JSON'] }
  const lock = NODE_LOCKS.find(([name]) => names.includes(name))
  const manager = /^(npm|pnpm|yarn|bun)@/.exec(String(manifest.packageManager))?.[1] ?? lock?.[1] ?? 'npm'
  const needs = ['dependencies', 'devDependencies', 'workspaces'].some((key) => !isEmpty(manifest[key]))
  // The first generation of yarn, which has no settings file of its own, knows the option by another name.
  const isOldYarn = lock?.[1] === 'yarn' && !names.includes('.yarnrc.yml')
  const locked = isOldYarn ? 'yarn install --frozen-lockfile' : lock?.[2]
  const script = asObject(manifest.scripts)?.test
  const hasTest = typeof script === 'string' && script.trim() !== '' && !/no test specified/.test(script)
  return {
    setup: locked ?? (needs ? `${manager} install` : null),
    test: hasTest ? (manager === 'bun' ? 'bun run test' : `${manager} test`) : null,
    evidence: [hasTest ? 'package.json with a test script' : 'package.json', ...(lock ? [lock[0]] : [])],
  }
}

const PYTHON_TESTS: readonly (readonly [file: string, sign: RegExp])[] = [
  ['pyproject.toml', /^\s*\[tool\.pytest\b|["'\s]pytest\b/m],
  ['setup.cfg', /^\s*\[tool:pytest\]/m],
  ['tox.ini', /^\s*\[pytest\]/m],
  ['requirements.txt', /^pytest\b/m],
  ['requirements-dev.txt', /^pytest\b/m],
]

function python({ names, texts }: FilesFound): Suggestion | null {
  const has = (name: string) => names.includes(name)
  const project = ['pyproject.toml', 'setup.py', 'requirements.txt'].filter(has)
  const pytest =
    ['pytest.ini', 'conftest.py'].find(has) ??
    PYTHON_TESTS.find(([file, sign]) => sign.test(texts.get(file) ?? ''))?.[0]
  if (project.length === 0 && pytest === undefined) return null
  const evidence = [...project, ...(pytest === undefined ? [] : [`pytest in ${pytest}`])]
  const suggest = (setup: string | null, run: string, lock: string[] = []): Suggestion => ({
    setup,
    test: pytest === undefined ? null : `${run}pytest`,
    evidence: [...evidence, ...lock],
  })
  if (has('uv.lock')) return suggest('uv sync --locked', 'uv run ', ['uv.lock'])
  if (has('poetry.lock')) return suggest('poetry install', 'poetry run ', ['poetry.lock'])
  const lists = ['requirements.txt', 'requirements-dev.txt'].filter(has).map((name) => `-r ${name}`)
  const isPackage =
    has('setup.py') || /^\s*\[(project|build-system)\]/m.test(texts.get('pyproject.toml') ?? '')
  const wanted = lists.length > 0 ? lists.join(' ') : isPackage ? '-e .' : null
  if (wanted === null) return suggest(null, 'python3 -m ')
  return suggest(`python3 -m venv .venv && .venv/bin/pip install ${wanted}`, '.venv/bin/python -m ')
}

function rust({ names }: FilesFound): Suggestion | null {
  if (!names.includes('Cargo.toml')) return null
  const isLocked = names.includes('Cargo.lock')
  return {
    setup: isLocked ? 'cargo fetch --locked' : 'cargo fetch',
    test: 'cargo test',
    evidence: ['Cargo.toml', ...(isLocked ? ['Cargo.lock'] : [])],
  }
}

function go({ names }: FilesFound): Suggestion | null {
  if (!names.includes('go.mod')) return null
  return { setup: 'go mod download', test: 'go test ./...', evidence: ['go.mod'] }
}

function makefile({ texts }: FilesFound): Suggestion | null {
  const name = ['GNUmakefile', 'makefile', 'Makefile'].find((each) => texts.has(each))
  if (name === undefined || !/^test[ \t]*::?(?!=)/m.test(texts.get(name) ?? '')) return null
  return { setup: null, test: 'make test', evidence: [`${name} with a target “test”`] }
}

function parseObject(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text.replace(/^\uFEFF/, '')))
  } catch {
    return null
  }
}

function asObject(value: unknown): Record<string, unknown> | null {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Record<string, unknown>)
    : null
}

function isEmpty(value: unknown): boolean {
  return typeof value !== 'object' || value === null || Object.keys(value).length === 0
}

import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { git } from '@optio/git'

/** A small project with a failing test: what the demo's task is about. */
const FILES: Readonly<Record<string, string>> = {
  'README.md':
    '# Slugs\n\nTurns titles into the last part of a web address. `node test/slug.test.mjs` checks it.\n',
  'src/slug.mjs': `/** Turns a title into the last part of a web address. */
export function slug(title) {
  return title
}
`,
  'test/slug.test.mjs': `import assert from 'node:assert/strict'
import { slug } from '../src/slug.mjs'

assert.equal(slug('Hello World'), 'hello-world')
assert.equal(slug('Crème brûlée!'), 'creme-brulee', 'accents are taken off and outer dashes trimmed')
console.log('slug: all good')
`,
}

export const SAMPLE = {
  testCommand: 'node test/slug.test.mjs',
  title: 'Make slugs of titles',
  prompt:
    'src/slug.mjs returns titles as they are. Make it return slugs: lower case, without accents, with single dashes ' +
    'between words and none at the ends. test/slug.test.mjs says what is expected; leave it as it is.',
} as const

/** Makes a new repository below `directory` with one commit on `main`; answers its path. */
export async function makeSampleRepository(directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const path = await mkdtemp(join(directory, 'sample-'))
  for (const [name, content] of Object.entries(FILES)) {
    const file = join(path, name)
    await mkdir(dirname(file), { recursive: true })
    await writeFile(file, content)
  }
  await git(['init', '--quiet', '--initial-branch=main', '.'], { cwd: path })
  await git(['add', '--all'], { cwd: path })
  const identity = ['-c', 'user.name=Optio demo', '-c', 'user.email=demo@localhost']
  await git([...identity, 'commit', '--quiet', '-m', 'A small project with a failing test'], { cwd: path })
  return path
}

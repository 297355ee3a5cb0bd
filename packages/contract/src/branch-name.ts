import { brokenText } from './text.ts'

/** Characters that git refuses in a ref name: control characters, space and its own pattern syntax. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what is looked for
const FORBIDDEN = /[\x00-\x20\x7f~^:?*[\\]/

/** Longest branch name in bytes: a loose ref is a file, and file names end at 255 with `.lock` added. */
const MAX_BYTES = 240

/**
 * Why a branch name is unsafe, in words; null when it can be given to git. The rules of `git check-ref-format --branch`, and besides no
 * leading dash (it would read as an option) and no `HEAD`.
 */
export function unsafeBranchName(name: string): string | null {
  const broken = brokenText(name)
  if (broken) return broken
  if (name === '' || name === '@' || name === 'HEAD') return 'is not a branch name'
  if (new TextEncoder().encode(name).length > MAX_BYTES) return `must be at most ${MAX_BYTES} bytes long`
  if (name.startsWith('-')) return 'must not begin with a dash'
  if (FORBIDDEN.test(name)) return 'must not contain spaces, control characters or any of ~ ^ : ? * [ \\'
  if (name.includes('..') || name.includes('@{')) return 'must not contain ".." or "@{"'
  if (name.endsWith('.')) return 'must not end with a dot'
  for (const part of name.split('/')) {
    if (part === '') return 'must not begin or end with a slash or contain two in a row'
    if (part.startsWith('.')) return 'must not have a part that begins with a dot'
    if (part.endsWith('.lock')) return 'must not have a part that ends with ".lock"'
  }
  return null
}

/** True when git accepts the name and it cannot be read as an option. */
export function isValidBranchName(name: string): boolean {
  return unsafeBranchName(name) === null
}

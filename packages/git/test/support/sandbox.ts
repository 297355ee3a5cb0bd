import { temporaryDirectory } from '@optio/testkit/repositories'
import { afterAll } from 'vitest'

/** A directory of this test file, removed at its end. */
export function sandbox(name: string): string {
  return temporaryDirectory(name, afterAll)
}

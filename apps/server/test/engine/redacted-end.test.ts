import { expect, test } from 'vitest'
import { redactEnd } from '../../src/engine/supervise/end-attempt.ts'
import type { AttemptEnd } from '../../src/engine/supervise/supervised.ts'
import { processRedactor } from '../../src/redaction/process-redactor.ts'

test('how an attempt ended has no secret in its words, and its facts are what they were, even where one is a secret', () => {
  processRedactor.learn(['succeeded', 'rate_limit', 'the-secret-of-somebody'])
  const endWith = (secret: string): AttemptEnd => ({
    ...({ state: 'succeeded', stopReason: null, exitCode: 0 } as const),
    errorMessage: `It said ${secret}.`,
    failure: { kind: 'rate_limit', message: `It wrote ${secret}.`, retryAt: 12_345_678 },
  })
  expect(redactEnd(endWith('the-secret-of-somebody'))).toEqual(endWith('[redacted]'))
})

import { expect, test } from 'vitest'
import { isoTimeOf } from '../../src/database/iso-time.ts'

test.each([
  '2026-11-22 08:15:00+00',
  '2026-11-22 08:15:00.1+00',
  '2026-11-22 08:15:00.12+00',
  '2026-11-22 08:15:00.123+00',
  '2026-11-22 08:15:00.1239+00',
  '2026-11-22 08:15:00.999999+00',
  '1999-12-31 23:59:59.5+00',
  '2026-11-22 08:15:00.25+02',
  '2026-11-22 01:15:00-07:30',
])('a moment that Postgres prints as %s is answered as the date would be', (text) => {
  expect(isoTimeOf(text)).toBe(new Date(text).toISOString())
})

import fc from 'fast-check'
import { expect, test } from 'vitest'
import { REDACTED, Redactor } from '../../../src/engine/credentials/redactor.ts'

const SECRET = 'p+ss/"w0rd"\\with-ünicode'

function redactor(...secrets: string[]): Redactor {
  const made = new Redactor(['sk-ant-[A-Za-z0-9_-]{16,}'])
  made.learn(secrets)
  return made
}

const text = fc.string({ maxLength: 40 })

test.each([
  ['as it is', (secret: string) => secret],
  ['in JSON', (secret: string) => JSON.stringify({ secret })],
  ['in JSON in JSON', (secret: string) => JSON.stringify({ line: JSON.stringify({ secret }) })],
  ['in a URL', (secret: string) => `https://user:${encodeURIComponent(secret)}@host/`],
])('a secret is taken out %s, wherever it stands', (_name, write) => {
  const clean = redactor(SECRET)
  fc.assert(
    fc.property(text, text, (before, after) => {
      const said = clean.redact(`${before}${write(SECRET)}${after}`)
      expect(said).toContain(REDACTED)
      expect(said).not.toContain('with-ünicode')
      expect(said).not.toContain(encodeURIComponent('with-ünicode'))
    }),
  )
})

test('a secret is taken out of base64, wherever it stands in what was encoded', () => {
  const clean = redactor(SECRET)
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 20 }), fc.uint8Array({ maxLength: 20 }), (before, after) => {
      const bytes = Buffer.concat([before, Buffer.from(SECRET), after])
      for (const encoding of ['base64', 'base64url'] as const) {
        const said = clean.redact(`Authorization: Basic ${bytes.toString(encoding)}`)
        expect(said).toContain(REDACTED)
        const rest = said.replace('Authorization: Basic ', '').replaceAll(REDACTED, '')
        expect(Buffer.from(rest, encoding).toString()).not.toContain('with-')
      }
    }),
  )
})

test('a secret that contains another is taken out whole', () => {
  expect(redactor('abcdefgh', 'abcdefghijkl').redact('>abcdefghijkl<')).toBe(`>${REDACTED}<`)
})

test('a credential that is known by its form is taken out although nobody told of it', () => {
  expect(redactor().redact('key sk-ant-oat01-AAAAbbbbCCCCdddd.')).toBe(`key ${REDACTED}.`)
})

test('words too short to be secrets, and texts without any, stay as they are', () => {
  expect(redactor('the', '').redact('the theatre sk-ant-x')).toBe('the theatre sk-ant-x')
  fc.assert(
    fc.property(fc.string(), (words) => {
      expect(redactor(SECRET).redact(words)).toBe(words)
    }),
  )
})

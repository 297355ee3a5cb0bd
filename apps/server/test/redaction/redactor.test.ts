import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Automaton } from '../../src/redaction/automaton.ts'
import { RedactedStream } from '../../src/redaction/redacted-stream.ts'
import { REDACTED, Redactor } from '../../src/redaction/redactor.ts'
import { formsOf } from '../../src/redaction/secret-forms.ts'

const SECRET = 'p+ss/"w0rd"\\with-ünicode'

function redactor(...secrets: string[]): Redactor {
  const made = new Redactor([{ prefix: 'sk-ant-', least: 16 }])
  made.learn(secrets)
  return made
}

const text = fc.string({ maxLength: 40 })

const FORMS: [string, (secret: string) => string][] = [
  ['as it is', (secret) => secret],
  ['in JSON', (secret) => JSON.stringify({ secret })],
  ['in JSON in JSON', (secret) => JSON.stringify({ line: JSON.stringify({ secret }) })],
  ['in JSON of ASCII alone', (secret) => asciiJson(JSON.stringify({ secret }))],
  ['in JSON with its slashes escaped', (secret) => JSON.stringify({ secret }).replaceAll('/', '\\/')],
  ['in a URL', (secret) => `https://user:${encodeURIComponent(secret)}@host/`],
  [
    'in a URL with small digits',
    (secret) =>
      `https://host/${encodeURIComponent(secret).replace(/%../g, (code) => code.toLowerCase())}?a=b`,
  ],
  ['in a form', (secret) => new URLSearchParams({ field: secret, other: 'x' }).toString()],
]

function asciiJson(json: string): string {
  return json.replace(
    /[^\x20-\x7e]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}

describe('a secret', () => {
  test.each(FORMS)('is taken out %s, wherever it stands', (_name, write) => {
    const clean = redactor(SECRET)
    fc.assert(
      fc.property(text, text, (before, after) => {
        const said = clean.redact(`${before}${write(SECRET)}${after}`)
        expect(said).toContain(REDACTED)
        expect(said).not.toContain('with-')
      }),
    )
  })

  test('is taken out of base64, wherever it stands in what was encoded', () => {
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

  test.each([64, 76])('is taken out of base64 in lines of %d, as programs print it', (width) => {
    const key = Array.from({ length: 30 }, (_, i) => `line ${i} of a key: ${'abcDEF+/'.charAt(i % 8)}`).join(
      ';',
    )
    const clean = redactor(key)
    for (const printed of [key, `${key}\n`]) {
      const encoded = Buffer.from(printed).toString('base64')
      const lines = encoded.match(new RegExp(`.{1,${width}}`, 'g')) ?? []
      expect(lines.length).toBeGreaterThan(5)
      for (const end of ['\n', '\r\n']) {
        const said = clean.redact(`-----\n${lines.join(end)}\n-----`)
        expect(said.replaceAll(REDACTED, '').replaceAll('-', '').trim().length).toBeLessThan(16)
      }
    }
  })

  test('of any kind is taken out of any text, in all its forms', () => {
    fc.assert(
      fc.property(
        fc
          .string({ unit: 'binary', minLength: 8, maxLength: 60 })
          .filter((secret) => secret.trim().length >= 8),
        text,
        text,
        (secret, before, after) => {
          const clean = redactor(secret)
          for (const form of formsOf(secret)) {
            expect(clean.redact(`${before}${form}${after}`)).not.toContain(form)
          }
        },
      ),
      { numRuns: 40 },
    )
  })

  test('of several lines is taken out of each of them', () => {
    const key = [
      '-----BEGIN PRIVATE KEY-----',
      'MIIEvQIBADANBgkqhkiG9w0',
      'BAQEFAASCBKcwggSjAgEAAo',
      'x',
    ].join('\n')
    const clean = redactor(`${key}\n`)
    expect(clean.redact(`key: ${key}.`)).toBe(`key: ${REDACTED}.`)
    expect(key.split('\n').map((line) => clean.redact(`> ${line}`))).toEqual([
      '> -----BEGIN PRIVATE KEY-----',
      `> ${REDACTED}`,
      `> ${REDACTED}`,
      '> x',
    ])
  })

  test('with space around it is taken out where that is missing', () => {
    expect(redactor('  the-token\n').redact('>the-token<')).toBe(`>${REDACTED}<`)
  })

  test('that contains another is taken out whole, and so are two that overlap', () => {
    expect(redactor('abcdefgh', 'abcdefghijkl').redact('>abcdefghijkl<')).toBe(`>${REDACTED}<`)
    expect(redactor('abcdefghij', 'ghijklmnop').redact('>abcdefghijklmnop<')).toBe(`>${REDACTED}<`)
    expect(redactor('abcdefgh', 'ijklmnop').redact('>abcdefghijklmnop<')).toBe(`>${REDACTED}${REDACTED}<`)
  })

  test('is found behind what begins like it', () => {
    expect(redactor('aaaaaaaab').redact('aaaaaaaaaaaaab')).toBe(`aaaaa${REDACTED}`)
    expect(redactor('abababababX').redact('ababababababX')).toBe(`ab${REDACTED}`)
  })

  test('that is known by its form is taken out although nobody told of it', () => {
    expect(redactor().redact('key sk-ant-oat01-AAAAbbbbCCCCdddd.')).toBe(`key ${REDACTED}.`)
    const token = `ghp_${'a1B2c3D4e5F6'.repeat(3)}`
    expect(new Redactor().redact(`git clone https://x:${token}@host`)).toBe(
      `git clone https://x:${REDACTED}@host`,
    )
  })
})

describe('a secret of many lines', () => {
  /** Each beginning is another one, in letters of its own. */
  const longest = () => {
    const line = (number: number) =>
      Array.from({ length: 17 }, (_, i) => String.fromCharCode(0x4e00 + ((number * 17 + i) % 20_000))).join(
        '',
      )
    return Array.from({ length: 3_640 }, (_, number) => line(number))
      .join('\n')
      .padEnd(65_536, '.')
  }

  test('that is as long as one may be, in letters that are not ASCII, needs little room and is found', () => {
    const secret = longest()
    expect(secret).toHaveLength(65_536)
    const before = process.memoryUsage().arrayBuffers
    const clean = redactor(secret)
    expect(clean.redact(`>${secret}<`)).toBe(`>${REDACTED}<`)
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(32 * 1024 ** 2)
    const [first = '', second = ''] = secret.split('\n')
    expect(clean.redact(`${first} ${JSON.stringify(second)}`)).toBe(`${REDACTED} "${REDACTED}"`)
    // What only looks alike to the table is another text.
    const shifted = [...first].map((letter) => String.fromCharCode(letter.charCodeAt(0) + 128)).join('')
    expect(clean.redact(shifted)).toBe(shifted)
  })

  test('has no more forms than can be looked for', () => {
    expect(formsOf(longest()).length).toBeLessThan(5_000)
  })
})

test('words too short to be secrets, and texts without any, stay as they are', () => {
  expect(redactor('the', '').redact('the theatre sk-ant-x')).toBe('the theatre sk-ant-x')
  fc.assert(
    fc.property(fc.string(), (words) => {
      expect(redactor(SECRET).redact(words)).toBe(words)
    }),
  )
})

test('the automaton finds what looking for each text by itself finds', () => {
  const few = fc.string({ unit: fc.constantFrom('a', 'b', 'é'), minLength: 8, maxLength: 12 })
  fc.assert(
    fc.property(
      fc.array(few, { minLength: 1, maxLength: 6 }),
      fc.string({ unit: fc.constantFrom('a', 'b', 'é', 'x'), maxLength: 200 }),
      (sought, words) => {
        const covered = new Set<number>()
        for (const each of sought) {
          for (let at = words.indexOf(each); at !== -1; at = words.indexOf(each, at + 1)) {
            for (let i = at; i < at + each.length; i++) covered.add(i)
          }
        }
        const found = new Automaton(sought).find(words)
        const places = found.flatMap(({ start, end }) =>
          Array.from({ length: end - start }, (_, i) => start + i),
        )
        expect(places).toEqual([...covered].sort((a, b) => a - b))
      },
    ),
    { numRuns: 500 },
  )
})

describe('text that comes in pieces', () => {
  const pieces = (words: string, cuts: readonly number[]) => {
    const places = [...new Set(cuts.map((cut) => cut % (words.length + 1)))].sort((a, b) => a - b)
    return [0, ...places].map((from, i) => words.slice(from, places[i] ?? words.length))
  }
  const streamed = (clean: Redactor, parts: readonly string[]) => {
    const stream = new RedactedStream(clean)
    return parts.map((part) => stream.write(part)).join('') + stream.end()
  }

  test('is redacted as if it had come at once, however a secret is split', () => {
    const clean = redactor(SECRET, 'another-secret', 'secret-of-more')
    const words = fc
      .array(fc.oneof(text, fc.constantFrom(...formsOf(SECRET), 'another-secret-of-more', 'another-se')))
      .map((parts) => parts.join(''))
    fc.assert(
      fc.property(words, fc.array(fc.nat(), { maxLength: 12 }), (whole, cuts) => {
        expect(streamed(clean, pieces(whole, cuts))).toBe(clean.redact(whole))
      }),
      { numRuns: 300 },
    )
  })

  test('is redacted of tokens that are known by their form, too', () => {
    const clean = redactor()
    const whole = 'key sk-ant-oat01-AAAAbbbbCCCCdddd, and on'
    for (let cut = 0; cut <= whole.length; cut++) {
      expect(streamed(clean, [whole.slice(0, cut), whole.slice(cut)])).toBe(`key ${REDACTED}, and on`)
    }
  })

  test('is held back only where a secret may have begun', () => {
    const stream = new RedactedStream(redactor(SECRET))
    expect(stream.write('nothing in here')).toBe('nothing in here')
    expect(stream.write(` but ${SECRET.slice(0, 12)}`)).toBe(' but ')
    expect(stream.write('and that was not it')).toBe(`${SECRET.slice(0, 12)}and that was not it`)
    expect(stream.end()).toBe('')
  })
})

/** Things that have broken servers, as JSON text: some of it is no JSON. */
export const NASTY: readonly string[] = [
  ...['null', 'true', 'false', '0', '-1', '5', '100', '1e309', '0.1', '9007199254740993', '-0', '1e-400'],
  ...[
    '""',
    '" "',
    '"\\u0000"',
    '"a\\u0000b"',
    '"\\ud800"',
    '"ä🙂"',
    '"\\u2028"',
    '"\\uffff"',
    '"\\u001b[31m"',
  ],
  ...['[]', '{}', '[[]]', '[null]', '["true"]', '[1,2,3]', '{"a":{}}', '{"toString":1}', '{"a":"\\u0000"}'],
  ...['{"constructor":{"prototype":1}}', '{"__proto__":1}', '{"$ref":"#"}', '{"\\u0000":1}', '{"":""}'],
  ...['"../../etc/passwd"', '"$(touch pwned)"', '"\'; drop table runs; --"', '"%s%n"', '"-x"', '"C:\\\\x"'],
  ...['"refs/heads/main"', '"main"', '"HEAD"', '"2026-01-01"', '"9999-99-99T99:99:99Z"', '"1.50"', '"0"'],
  ...['"command"', '"queued"', '"squash"', '"{{ a }}"', '"{{ a | nope }}"', '"{% for"', '"* * * * *"'],
  ...['{"type":"object","required":["a"]}', '{"type":"nope"}', '{"pattern":"("}', '{"$ref":"http://x/"}'],
  ...['{"type":"string","pattern":"^(a+)+$"}', '{"properties":{"__proto__":{}}}', '{"maxLength":-1}'],
  ...[`"${'x'.repeat(3000)}"`, `[${'0,'.repeat(2000)}0]`, '['.repeat(60) + ']'.repeat(60)],
  ...['nonsense', '"unfinished', '{"a":', '1 2', "'a'", '\ufeff{}'],
]

/** Values of a parameter in an address, already encoded. */
export const NASTY_PARAMETERS: readonly string[] = [
  ...['', '1', '-1', '0', '1.5', '1e9', 'x', 'null', '[]', '%00', 'a%00b', '%ff', '%F0%9F%99%82', '%27%3B--'],
  ...[
    'queued',
    '2026-01-01',
    '2026-02-30T00:00:00Z',
    'eyJ0IjoxfQ',
    'eyJpZCI6IlwwIn0',
    'main',
    '..%2f',
    '%25',
  ],
  ...['9007199254740993', 'true', '%20', 'x'.repeat(1001), '-Infinity', '%2B', 'a&a=b'],
]

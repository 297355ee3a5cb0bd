import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { secretIdentity } from '../../src/secrets/holders.ts'
import { KEY_BYTES, seal, unseal } from '../../src/secrets/sealing.ts'

const key = randomBytes(KEY_BYTES)
const OWNER = {
  id: 'a-secret',
  workspaceId: 'a-workspace',
  scope: 'repository',
  repositoryId: 'a-repository',
  userId: null,
  name: 'A_NAME',
}

test('what is sealed is read back by whoever names its identity, and looks different each time', () => {
  const plain = Buffer.from('the value, and ünicode')
  const [one, other] = [seal(key, plain, secretIdentity(OWNER)), seal(key, plain, secretIdentity(OWNER))]
  expect(unseal(key, one, secretIdentity(OWNER))).toEqual(plain)
  expect(unseal(key, other, secretIdentity(OWNER))).toEqual(plain)
  expect(one).not.toEqual(other)
  expect(one.includes(plain)).toBe(false)
})

test('with any bit flipped, or cut anywhere, it is refused', () => {
  const sealed = seal(key, Buffer.from('the value'), secretIdentity(OWNER))
  for (let at = 0; at < sealed.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      const changed = Buffer.from(sealed)
      changed[at] = (changed[at] ?? 0) ^ (1 << bit)
      expect(unseal(key, changed, secretIdentity(OWNER))).toBeNull()
    }
    expect(unseal(key, sealed.subarray(0, at), secretIdentity(OWNER))).toBeNull()
  }
})

test('it is refused under any other identity, and under another key', () => {
  const sealed = seal(key, Buffer.from('the value'), secretIdentity(OWNER))
  for (const change of [
    { id: 'another' },
    { workspaceId: 'another' },
    { scope: 'global', repositoryId: null },
    { repositoryId: 'another' },
    { scope: 'user', repositoryId: null, userId: 'a-repository' },
    { name: 'ANOTHER' },
  ]) {
    expect(unseal(key, sealed, secretIdentity({ ...OWNER, ...change }))).toBeNull()
  }
  expect(unseal(randomBytes(KEY_BYTES), sealed, secretIdentity(OWNER))).toBeNull()
})

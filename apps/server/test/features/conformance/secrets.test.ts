import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, callsOf } from './calls.ts'
import { expectError, type Served, serve } from './support.ts'

const VALUE = 'a value that is in no answer'

let served: Served
let call: Calls
beforeAll(async () => {
  served = await serve()
  call = await callsOf(served)
})
afterAll(() => served?.close())

describe('secrets', () => {
  it('are saved, listed, encrypted anew and deleted', async () => {
    const body = { name: 'A_TOKEN', value: VALUE, unknownField: 1 }
    const before = (await call<{ secrets: { id: string }[] }>('secrets.list')).secrets
    const saved = await call<{ id: string }>('secrets.save', { body })
    expect(saved).toMatchObject({ name: 'A_TOKEN', scope: 'global' })
    const again = await call<{ id: string }>('secrets.save', { body: { ...body, scope: 'global' } })
    expect(again.id).toBe(saved.id)
    const list = await call<{ secrets: { id: string }[] }>('secrets.list', { query: '?scope=global' })
    expect(list.secrets).toMatchObject([{ id: saved.id, name: 'A_TOKEN', readable: true }, ...before])
    expect(JSON.stringify(list)).not.toContain(VALUE)
    const { encryption } = await call<{ encryption: { activeKeyId: string } }>('secrets.encryption')
    const rotated = await call<{ encryption: { activeKeyId: string } }>('secrets.rotateKey')
    expect(rotated.encryption).toMatchObject({ source: 'file', secretsOfOlderKeys: 0 })
    expect(rotated.encryption.activeKeyId).not.toBe(encryption.activeKeyId)
    await call('secrets.remove', { params: { name: 'A_TOKEN' }, query: '?scope=global' })
    expect((await call<{ secrets: { id: string }[] }>('secrets.list')).secrets).toMatchObject(
      before.map(({ id }) => ({ id })),
    )
  })

  it('that are malformed, or not there, are refused by what is wrong', async () => {
    const save = (given: object) =>
      served.send('POST', '/api/secrets', { name: 'A_TOKEN', value: VALUE, ...given })
    for (const wrong of [
      ...[{ name: 'lower' }, { name: '' }, { name: null }, { value: '' }, { value: ' ' }, { value: 7 }],
      ...[{ value: 'x'.repeat(65_537) }, { value: 'with\0nul' }, { scope: '' }, { scope: null }],
    ]) {
      const answer = await save(wrong)
      expectError(answer, 'VALIDATION', JSON.stringify(wrong).slice(0, 50))
      expect(answer.text).not.toContain(VALUE)
    }
    expectError(await save({ scope: '/nowhere' }), 'REPO_NOT_CONNECTED')
    expectError(await served.send('DELETE', '/api/secrets/NOBODYS'), 'SECRET_NOT_FOUND')
    expectError(await served.send('DELETE', '/api/secrets/NOBODYS?scope=/nowhere'), 'SECRET_NOT_FOUND')
    expectError(await served.send('DELETE', '/api/secrets/lower'), 'VALIDATION')
    expectError(await served.send('GET', '/api/secrets?cursor=x'), 'INVALID_CURSOR')
  })
})

it('every endpoint of this section is asked for here', () => {
  expect(call.missing(['secrets'])).toEqual([])
})

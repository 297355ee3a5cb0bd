import { afterAll, beforeAll, expect, it } from 'vitest'
import { Rows } from '../../src/backup/rows.ts'
import type { Database } from '../../src/database/connection.ts'
import { type TestDatabase, testDatabase } from '../support/postgres.ts'

let scratch: TestDatabase
let database: Database

beforeAll(async () => {
  scratch = await testDatabase({ empty: true })
  database = await scratch.open()
  await database.pool.query('create table counters (id int)')
})
afterAll(() => scratch.drop())

const manifest = {
  format: 1,
  program: 'optio',
  version: '9.9.9',
  createdAt: '2030-01-01T00:00:00.000Z',
  migrations: [],
  tables: [{ name: 'counters', columns: ['id'] }],
  pausedForBackup: false,
} as const

async function* once(text: string) {
  yield Buffer.from(text)
}

it('what the database says of rows that do not fit is what the restore fails with', async () => {
  const client = await database.dedicated('restore')
  try {
    for (const last of ['finish', 'add'] as const) {
      const rows = new Rows(client, {
        ...manifest,
        migrations: [],
        tables: [{ name: 'counters', columns: ['id'] }],
      })
      const failed = rows.add('counters', once('1\nno number\n2\n'))
      await failed
      // The refusal arrives while nobody waits for it.
      const refused = async () => {
        for (let i = 0; i < 500; i++) {
          await new Promise((resolve) => setTimeout(resolve, 5))
          await rows.add('counters', once('3\n'))
        }
      }
      if (last === 'add') await expect(refused()).rejects.toMatchObject({ code: '22P02' })
      await expect(rows.finish()).rejects.toMatchObject({ code: '22P02' })
    }
  } finally {
    await client.end()
  }
})

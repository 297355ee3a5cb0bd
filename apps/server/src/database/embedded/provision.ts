import { connect } from 'node:net'
import { join } from 'node:path'
import { OptioError } from '@optio/contract'
import pg from 'pg'
import { diskFull } from './failure.ts'
import { SUPERUSER } from './launch.ts'
import { SOCKET_PORT } from './settings.ts'

/** How to connect to a server on a unix socket; `host` is the directory of the socket. */
export interface SocketConnection {
  readonly host: string
  readonly port: number
  readonly user: string
  readonly database: string
}

/** Name of Optio's role and of its database. */
const NAME = 'optio'

/** How to connect to the database of Optio at a socket. */
export function connectionAt(socketDirectory: string): SocketConnection {
  return { host: socketDirectory, port: SOCKET_PORT, user: NAME, database: NAME }
}

/** True when somebody listens on the socket in this directory. */
export function answers(socketDirectory: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(join(socketDirectory, `.s.PGSQL.${SOCKET_PORT}`))
    socket.once('connect', () => {
      socket.destroy()
      resolve(true)
    })
    socket.once('error', () => resolve(false))
  })
}

/**
 * Makes Optio's role and database in a ready server, unless they are there. The role is no superuser, as it will not be on a
 * server of the user's own either.
 */
export async function provideDatabase(socketDirectory: string): Promise<SocketConnection> {
  const connection = connectionAt(socketDirectory)
  try {
    await withClient(connection, async () => undefined)
    return connection
  } catch (error) {
    const { code } = error as pg.DatabaseError
    const missing = code === '3D000' || code === '28000'
    if (!missing) throw notUsable(error, socketDirectory)
  }
  await withClient({ ...connection, user: SUPERUSER, database: 'postgres' }, async (client) => {
    const role = await client.query('select 1 from pg_roles where rolname = $1', [NAME])
    if (role.rowCount === 0) await client.query(`create role ${NAME} login`)
    await client.query(`create database ${NAME} owner ${NAME}`)
  }).catch((error: unknown) => {
    throw notUsable(error, socketDirectory)
  })
  return connection
}

function notUsable(cause: unknown, socketDirectory: string): OptioError {
  if ((cause as pg.DatabaseError).code === '53100') return diskFull(socketDirectory, cause)
  return new OptioError(
    'DATABASE_START',
    `The embedded database runs but cannot be used: ${(cause as Error).message}`,
    { cause },
  )
}

async function withClient(
  connection: SocketConnection,
  use: (client: pg.Client) => Promise<void>,
): Promise<void> {
  const client = new pg.Client({ ...connection, ssl: false, connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined) // what a query meets is thrown by the query
  try {
    await client.connect()
    await use(client)
  } finally {
    await client.end()
  }
}

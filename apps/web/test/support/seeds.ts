import type { TestOptio } from './optio.ts'

/** What is used of the helpers of `bench`, which are plain JavaScript. */
interface Seeds {
  seedRepository(db: Database): Promise<{ id: string; repoUrl: string }>
  seedTasks(
    db: Database,
    options: { repository: { id: string; repoUrl: string }; count: number },
  ): Promise<void>
  seedLog(
    db: Database,
    options: { repository: { id: string; repoUrl: string }; entries: number },
  ): Promise<{ runId: string }>
}

interface Servers {
  connectTo(dataDir: string): Promise<Database>
}

interface Database {
  end(): Promise<void>
}

const load = (file: string): Promise<unknown> =>
  import(new URL(`../../../../bench/support/${file}`, import.meta.url).href)

/** Writes that many finished tasks of a repository that is not on disk into the database. */
export async function seedManyTasks(optio: TestOptio, count: number): Promise<void> {
  const { seedRepository, seedTasks } = (await load('seed.mjs')) as Seeds
  const { connectTo } = (await load('server.mjs')) as Servers
  const db = await connectTo(optio.dataDir)
  try {
    await seedTasks(db, { repository: await seedRepository(db), count })
  } finally {
    await db.end()
  }
}

/** A finished task with a log of that many entries; answers its id. */
export async function seedLongLog(optio: TestOptio, entries: number): Promise<string> {
  const { seedRepository, seedLog } = (await load('seed.mjs')) as Seeds
  const { connectTo } = (await load('server.mjs')) as Servers
  const db = await connectTo(optio.dataDir)
  try {
    return (await seedLog(db, { repository: await seedRepository(db), entries })).runId
  } finally {
    await db.end()
  }
}

import type { Cli } from '../cli.ts'
import { EXIT, type ExitCode } from '../exit-codes.ts'
import { note, printJson } from '../print.ts'
import { findRepo } from '../repo/find.ts'
import { noteProblems } from './list.ts'

/** Ends with 1 when a repository could not be read. */
export async function sync(cli: Cli, which: string | undefined): Promise<ExitCode> {
  const client = await cli.client()
  const repoId = which === undefined ? null : (await findRepo(cli, client, which)).id
  const answer = await client.issues.sync({ body: { repoId } })
  const query = { limit: 1, ...(repoId === null ? {} : { repoId }) }
  const { syncs } = await client.issues.list({ query })
  const failed = syncs.some(({ error }) => error !== null)
  if (cli.json) await printJson(cli, answer)
  else {
    await noteProblems(cli, syncs)
    await note(cli, `Read ${answer.synced} ${answer.synced === 1 ? 'issue' : 'issues'}.`)
  }
  return failed ? EXIT.ERROR : EXIT.OK
}

import { writeFileSync } from 'node:fs'
import { it } from 'vitest'
import { startOptio } from './support/optio.ts'
it('dump', async () => {
  const optio = await startOptio()
  writeFileSync('/tmp/room-f/doc.json', JSON.stringify((await optio.raw('/docs/json')).body, null, 1))
  await optio.close()
})

// Run by lock.test.ts: takes the lock a number of times, writing "in" and "out" with its pid to a journal. With a tool, it
// also starts a long process that works under the lock and outlives this one.
import { spawn } from 'node:child_process'
import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { takeLock } from '../setup/lock.mjs'

const [, , directory = '', rounds = '1', journal = '', holdMs = '0', withTool] = process.argv
for (let round = 0; round < Number(rounds); round += 1) {
  const lock = await takeLock(directory, {
    what: 'a test',
    onWait: ({ pid }) => process.stdout.write(`waiting for ${pid}\n`),
  })
  appendFileSync(journal, `in ${process.pid}\n`)
  if (withTool !== undefined) {
    const tool = spawn('sleep', ['60'], { detached: true, stdio: 'ignore' })
    lock.addMember(Number(tool.pid), 'a tool')
    process.stdout.write(`tool ${tool.pid}\n`)
  }
  await delay(Number(holdMs))
  appendFileSync(journal, `out ${process.pid}\n`)
  lock.release()
}

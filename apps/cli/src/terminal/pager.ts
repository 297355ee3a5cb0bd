import { spawn } from 'node:child_process'
import { once } from 'node:events'
import type { Cli } from '../cli.ts'

type Write = (text: string) => Promise<void>

/**
 * On a terminal, long output goes through the person's pager (PAGER, or less); `-R` of less lets colours through, and whatever was in
 * the text has been neutralised before. Elsewhere, and where there is no pager, it is written as it is.
 */
export async function throughPager(cli: Cli, produce: (write: Write) => Promise<void>): Promise<void> {
  const [program, ...args] = (cli.env.PAGER ?? 'less').split(/\s+/)
  if (!cli.out.isTerminal || !program || program === 'cat') return await produce(cli.out.write)
  const pager = spawn(program, args, {
    stdio: ['pipe', 'inherit', 'inherit'],
    env: { ...cli.env, LESS: cli.env.LESS ?? 'FRX' },
  })
  const started = await once(pager, 'spawn').then(
    () => true,
    () => false,
  )
  if (!started) return await produce(cli.out.write)
  const ended = once(pager, 'close')
  let left = false
  pager.stdin.on('error', () => {
    left = true // the person has seen enough
  })
  // Ctrl-C belongs to the pager; a program that ended before it would leave two of them at one terminal.
  const stay = () => undefined
  process.on('SIGINT', stay)
  try {
    await produce(async (text) => {
      if (left || pager.stdin.write(text)) return
      await Promise.race([once(pager.stdin, 'drain').catch(() => undefined), ended])
    })
  } finally {
    pager.stdin.end()
    await ended
    process.off('SIGINT', stay)
  }
}

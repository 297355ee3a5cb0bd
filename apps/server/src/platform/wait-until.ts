import { setTimeout as sleep } from 'node:timers/promises'

/** Looks every `everyMs` until `condition` holds (true) or `deadlineMs` have passed (false). */
export async function waitUntil(
  condition: () => boolean | Promise<boolean>,
  { everyMs, deadlineMs }: { everyMs: number; deadlineMs: number },
): Promise<boolean> {
  const end = performance.now() + deadlineMs
  for (;;) {
    if (await condition()) return true
    if (performance.now() >= end) return false
    await sleep(everyMs)
  }
}

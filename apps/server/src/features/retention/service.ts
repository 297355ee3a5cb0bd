import type { EditRetention, Retention } from '@optio/contract'
import type { Database } from '../../database/connection.ts'
import type { Identity } from '../../http/authorize.ts'
import { appendEvents } from '../events/append.ts'
import { lockRetention, type RetentionSettings, readRetention, writeRetention } from './settings.ts'

const NAMES = ['logsDays', 'eventsDays', 'deliveriesDays'] as const

export type RetentionService = ReturnType<typeof createRetentionService>

/** How long things of finished tasks are kept. The job in `prune.ts` goes by it. */
export function createRetentionService({ database }: { readonly database: Database }) {
  return {
    read: async (): Promise<Retention> => toRetention(await readRetention(database.orm)),

    /** What is left out stays as it is; null keeps for ever. */
    async edit({ workspaceId, userId }: Identity, change: EditRetention): Promise<Retention> {
      return await database.transaction(async (tx) => {
        const before = toRetention(await lockRetention(tx))
        const given = Object.fromEntries(Object.entries(change).filter(([, value]) => value !== undefined))
        const after: Retention = { ...before, ...given }
        if (NAMES.every((name) => before[name] === after[name])) return after
        await writeRetention(tx, toSettings(after))
        await appendEvents(tx, [
          {
            workspaceId,
            runId: null,
            type: 'system:retention_changed',
            trigger: 'person',
            message: words(after),
            actor: userId,
            data: { by: userId, ...after },
          },
        ])
        return after
      })
    },
  }
}

function toRetention(settings: RetentionSettings): Retention {
  const { logsDays = null, eventsDays = null, deliveriesDays = null } = settings
  return { logsDays, eventsDays, deliveriesDays }
}

function toSettings(retention: Retention): RetentionSettings {
  return Object.fromEntries(
    NAMES.flatMap((name) => (retention[name] === null ? [] : [[name, retention[name]]])),
  )
}

function words({ logsDays, eventsDays, deliveriesDays }: Retention): string {
  const kept = (days: number | null) =>
    days === null ? 'for ever' : days === 1 ? 'for 1 day' : `for ${days} days`
  return `Of finished tasks, logs are kept ${kept(logsDays)}, events ${kept(eventsDays)}, and deliveries ${kept(deliveriesDays)}.`
}

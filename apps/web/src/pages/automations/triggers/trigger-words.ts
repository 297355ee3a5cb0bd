import type { Firing, Trigger } from '@optio/contract'
import { Clock, Hand, type LucideIcon, Ticket, Webhook } from 'lucide-react'
import { plainLine } from '../../../ui/plain-text.ts'
import { cronWords } from './cron-words.ts'
import type { TriggerType } from './trigger-draft.ts'

export const TRIGGER_KINDS: Readonly<Record<TriggerType, { name: string; what: string; icon: LucideIcon }>> =
  {
    schedule: { name: 'Schedule', what: 'At times you set, in a time zone.', icon: Clock },
    webhook: { name: 'Webhook', what: 'When another program calls an address of Optio.', icon: Webhook },
    manual: { name: 'By hand', what: 'Only when somebody presses “Run…”.', icon: Hand },
    ticket: { name: 'Ticket', what: 'When a ticket with a label appears.', icon: Ticket },
  }

export const OVERLAPS: Readonly<Record<string, string>> = {
  skip: 'Skip: leave this one out',
  queue: 'Queue: begin when the one before is finished',
  allow: 'Allow: run beside it',
}

export const MISSED: Readonly<Record<string, string>> = {
  once: 'Make up for it, once',
  skip: 'Leave it out',
}

/** What makes it fire, in a line. */
export function triggerTitle({ type, config }: Trigger): string {
  const words = (name: string) => {
    const value = config[name]
    return typeof value === 'string' ? plainLine(value) : ''
  }
  switch (type) {
    case 'schedule': {
      const cron = words('cronExpression')
      return cronWords(cron) ?? cron
    }
    case 'webhook':
      return `Webhook “${words('path')}”`
    case 'ticket':
      return `Tickets of ${words('source')}`
    case 'manual':
      return 'By hand'
  }
}

export const FIRINGS: Readonly<Record<Firing['state'], { label: string; look: string }>> = {
  started: { label: 'Started', look: 'bg-good-soft text-good' },
  waiting: { label: 'Waiting', look: 'bg-info-soft text-info' },
  skipped: { label: 'Skipped', look: 'bg-sunken text-ink-2' },
  failed: { label: 'Failed', look: 'bg-bad-soft text-bad' },
}

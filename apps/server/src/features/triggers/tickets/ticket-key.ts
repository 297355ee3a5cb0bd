interface TicketPlace {
  readonly repositoryId: string
  readonly number: number
}

/** What a firing is one firing of: its issue, which fires a trigger once. */
export function ticketKey({ repositoryId, number }: TicketPlace): string {
  return `issue:${repositoryId}:${number}`
}

/** The issue behind a key of `ticketKey`; null for any other. */
export function placeOfTicket(key: string): TicketPlace | null {
  const [, repositoryId, number] = /^issue:([0-9a-f-]{36}):(\d{1,9})$/.exec(key) ?? []
  return repositoryId === undefined ? null : { repositoryId, number: Number(number) }
}

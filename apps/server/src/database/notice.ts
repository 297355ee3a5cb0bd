/** The one channel of all notices. */
export const CHANNEL = 'optio'

/** What processes tell each other: a kind, and ids rather than contents. Whoever gets it reads the tables. */
export interface Notice {
  readonly k: string
  readonly [field: string]: unknown
}

/** Postgres takes payloads shorter than 8000 bytes. */
const LONGEST_PAYLOAD = 7_999

/** The payload of a notice. Throws when it is too long. */
export function encodeNotice(notice: Notice): string {
  const payload = JSON.stringify(notice)
  if (Buffer.byteLength(payload) <= LONGEST_PAYLOAD) return payload
  throw new RangeError(
    `The notice "${notice.k}" is longer than ${LONGEST_PAYLOAD} bytes. Send ids, not contents.`,
  )
}

/** Payloads `{ k, items: [[key, value], …] }` that hold all items, as many in each as fit. */
export function encodeItems(kind: string, items: Iterable<readonly [string, unknown]>): string[] {
  const payloads: string[] = []
  const room = LONGEST_PAYLOAD - Buffer.byteLength(encodeNotice({ k: kind, items: [] }))
  let batch: string[] = []
  let size = 0
  const flush = () => {
    if (batch.length > 0) payloads.push(`{"k":${JSON.stringify(kind)},"items":[${batch.join(',')}]}`)
    batch = []
    size = 0
  }
  for (const item of items) {
    const encoded = JSON.stringify(item)
    const length = Buffer.byteLength(encoded) + 1
    if (length > room)
      throw new RangeError(`An item of the notice "${kind}" is too long. Send ids, not contents.`)
    if (size + length > room) flush()
    batch.push(encoded)
    size += length
  }
  flush()
  return payloads
}

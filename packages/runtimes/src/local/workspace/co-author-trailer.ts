/** Somebody to be named beside the author of a commit. */
export interface CoAuthor {
  readonly name: string
  readonly email: string
}

/** A commit as git stores it: lines of its header, and its message. One character is one byte, so that any encoding stays as it is. */
export interface RawCommit {
  readonly headers: readonly string[]
  readonly message: string
}

/** Header lines that begin with a space go on with the one before: they stay with it. */
export function parseCommit(raw: Uint8Array): RawCommit {
  const text = Buffer.from(raw).toString('latin1')
  const end = text.indexOf('\n\n')
  const head = end === -1 ? text.replace(/\n$/, '') : text.slice(0, end)
  const headers: string[] = []
  for (const line of head.split('\n')) {
    if (line.startsWith(' ') && headers.length > 0) headers.push(`${headers.pop()}\n${line}`)
    else headers.push(line)
  }
  return { headers, message: end === -1 ? '' : text.slice(end + 2) }
}

export function serializeCommit({ headers, message }: RawCommit): Buffer {
  return Buffer.from(`${headers.join('\n')}\n\n${message}`, 'latin1')
}

/** The message with the co-author in its last paragraph of trailers, or as it is when it names that address already. */
export function withTrailer(message: string, { name, email }: CoAuthor): string {
  const address = `<${plain(email).toLowerCase()}>`
  const named = message.split('\n').some((line) => {
    const lower = line.toLowerCase()
    return lower.startsWith('co-authored-by:') && lower.includes(address)
  })
  if (named) return message
  const text = message.replace(/\s+$/, '')
  const trailer = `Co-authored-by: ${plain(name)} <${plain(email)}>`
  return `${text}${endsInTrailers(text) ? '\n' : '\n\n'}${trailer}\n`
}

/** The subject of a commit is never taken for one, however it looks. */
function endsInTrailers(text: string): boolean {
  const start = text.lastIndexOf('\n\n')
  if (start === -1) return false
  const lines = text.slice(start + 2).split('\n')
  return lines.every((line) => /^[A-Za-z0-9][A-Za-z0-9-]*: \S/.test(line))
}

/** Git's own marks, line ends, and what is not ASCII (the encoding of the message is not known) are left out. */
function plain(text: string): string {
  return text.replace(/[^\x20-\x7e]|[<>]/g, '').trim()
}

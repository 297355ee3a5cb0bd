import { readdir, readFile, readlink } from 'node:fs/promises'

/** Who has the port, in words; null when it cannot be seen. */
export async function whoListens(host: string, port: number): Promise<string | null> {
  const [process, optio] = await Promise.all([listeningProcess(port), answeringOptio(host, port)])
  if (optio === null) return process
  return process === null ? optio : `${optio}, ${process}`
}

/** `process 123 (node server.js)`; null where /proc does not show it: on other systems, or for other users' processes. */
async function listeningProcess(port: number): Promise<string | null> {
  const sockets = new Set<string>()
  for (const table of ['/proc/net/tcp', '/proc/net/tcp6']) {
    const lines = (await readFile(table, 'utf8').catch(() => '')).split('\n')
    for (const line of lines) {
      // Columns: number, local address:port in hex, remote, state (0A is LISTEN), …, the tenth is the inode.
      const columns = line.trim().split(/\s+/)
      const listens = columns[3] === '0A' && Number.parseInt(columns[1]?.split(':')[1] ?? '', 16) === port
      if (listens) sockets.add(`socket:[${columns[9]}]`)
    }
  }
  if (sockets.size === 0) return null
  const pids = (await readdir('/proc').catch(() => [])).filter((name) => /^\d+$/.test(name))
  for (const pid of pids) {
    const files = await readdir(`/proc/${pid}/fd`).catch(() => [])
    for (const file of files) {
      const target = await readlink(`/proc/${pid}/fd/${file}`).catch(() => '')
      if (sockets.has(target)) return `process ${pid} (${await commandOf(pid)})`
    }
  }
  return null
}

/** The name of the program only: arguments may hold secrets. */
async function commandOf(pid: string): Promise<string> {
  const name = await readFile(`/proc/${pid}/comm`, 'utf8').catch(() => 'unknown')
  return name.trim()
}

async function answeringOptio(host: string, port: number): Promise<string | null> {
  const name = host.includes(':') && !host.startsWith('[') ? `[${host}]` : host
  try {
    const response = await fetch(`http://${name}:${port}/api/health`, {
      signal: AbortSignal.timeout(1_000),
      redirect: 'error',
    })
    const body = (await response.json()) as { healthy?: unknown; version?: unknown }
    if (typeof body.healthy !== 'boolean' || typeof body.version !== 'string') return null
    return `another Optio (version ${body.version.slice(0, 50)})`
  } catch {
    return null
  }
}

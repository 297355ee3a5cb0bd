import { readFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import type { Diagnosis } from '@optio/contract'
import { whoListens } from '../../http/port-holder.ts'
import { readServerFile } from '../../server-file.ts'
import { type Examine, problem, type Surroundings, warning, well } from './surroundings.ts'

export const examineNetwork: Examine = async (surroundings) => {
  const certificates = await Promise.all(
    ['NODE_EXTRA_CA_CERTS', 'SSL_CERT_FILE'].map((name) => judgeCertificates(name, surroundings.env)),
  )
  return [await judgePort(surroundings), ...judgeProxies(surroundings.env), ...certificates.flat()]
}

async function judgePort({ config, server }: Surroundings): Promise<Diagnosis> {
  const found = { id: 'port', area: 'network', title: 'Port' } as const
  if (server !== null) return well({ ...found, detail: `Optio answers at ${server.url}.` })
  if (config.port === 0) return well({ ...found, detail: 'Any free one is taken.' })
  if (await isFree(config.host, config.port)) {
    return well({ ...found, detail: `Port ${config.port} of ${config.host} is free.` })
  }
  const own = await readServerFile(config.dataDir)
  const holder = await whoListens(config.host, config.port)
  if (own !== null && parse(own.url)?.port === String(config.port) && /another Optio/.test(holder ?? '')) {
    return well({ ...found, detail: `Optio answers at ${own.url}.` })
  }
  const detail = `Port ${config.port} of ${config.host} is taken${holder === null ? '' : ` by ${holder}`}.`
  return problem({ ...found, detail }, 'End that program, or give Optio another port (OPTIO_PORT).')
}

function isFree(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen({ host, port, exclusive: true }, () => server.close(() => resolve(true)))
  })
}

const PROXIES = ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'] as const

/** Says which proxies are set by name and host only: an address may hold a password. */
function judgeProxies(env: Surroundings['env']): Diagnosis[] {
  return PROXIES.flatMap((name) => {
    const value = env[name]
    if (!value) return []
    const found = { id: `proxy:${name}`, area: 'network', title: name } as const
    const url = parse(value)
    if (url === null) {
      return [
        problem(
          { ...found, detail: 'It is no address.' },
          `Set ${name} to something like http://proxy.example.com:3128.`,
        ),
      ]
    }
    if (url.password !== '' || url.username !== '') {
      const detail = `It leads to ${url.host} and holds a password, which agents are given with it.`
      return [
        warning(
          { ...found, detail },
          'Use a proxy that knows this machine by its address, or a local one that adds the password.',
        ),
      ]
    }
    return [well({ ...found, detail: `Agents reach their models through ${url.host}.` })]
  })
}

function parse(text: string): URL | null {
  try {
    return new URL(text)
  } catch {
    return null
  }
}

async function judgeCertificates(name: string, env: Surroundings['env']): Promise<Diagnosis[]> {
  const file = env[name]
  if (!file) return []
  const found = { id: `ca:${name}`, area: 'network', title: name } as const
  const text = await readFile(file, 'utf8').catch((error: Error) => error)
  if (text instanceof Error) {
    return [
      problem(
        { ...found, detail: `${file} cannot be read: ${text.message}` },
        `Let ${name} name a file that the user of Optio may read.`,
      ),
    ]
  }
  const count = text.split('-----BEGIN CERTIFICATE-----').length - 1
  if (count === 0)
    return [
      problem(
        { ...found, detail: `${file} holds no certificate in PEM form.` },
        'Convert it with `openssl x509`.',
      ),
    ]
  return [well({ ...found, detail: `${count} certificates in ${file}.` })]
}

import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import fastifyStatic from '@fastify/static'
import type { FastifyPluginAsync } from 'fastify'

/** Where the bundle of the pages is: beside this package, both in sources and compiled. */
const BUNDLE = fileURLToPath(new URL('../../../web/dist', import.meta.url))

/**
 * What a page may do: load what this server serves, and talk to it. Inline styles are for libraries that place pop-ups;
 * inline scripts are for nobody.
 */
const PAGE_POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "font-src 'self'",
  "connect-src 'self'",
  "manifest-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ')

/** Addresses that are never a page, so that a mistyped one is an error and not a picture. */
const NOT_PAGES = /^\/(api|ws|docs|metrics|assets)(\/|$)/

/** A year: names below `/assets` contain a hash of the content. */
const FOREVER = 'public, max-age=31536000, immutable'

/**
 * The pages: files of the bundle, and for every other address the one document, whose script knows which page that is.
 * Without a bundle (the sources were compiled by hand) it says how to make one. `bundle` is an absolute path.
 */
export function servePages(bundle: string = BUNDLE): FastifyPluginAsync {
  return async (app) => {
    await app.register(fastifyStatic, {
      root: bundle,
      serve: false,
      cacheControl: false,
      // The wildcard below is the only route; nothing is listed or guessed.
      index: false,
    })
    app.get<{ Params: { '*': string } }>(
      '/*',
      { config: { permission: 'pages' }, schema: { hide: true } },
      async (request, reply) => {
        const file = request.params['*']
        reply.header('content-security-policy', PAGE_POLICY)
        if (isFile(bundle, file)) {
          reply.header('cache-control', file.startsWith('assets/') ? FOREVER : 'no-cache')
          return reply.sendFile(file)
        }
        if (NOT_PAGES.test(`/${file}`)) return reply.callNotFound()
        if (!existsSync(join(bundle, 'index.html'))) {
          return reply
            .type('text/plain')
            .send('The pages are not built. Start Optio with "npm start", which builds them.\n')
        }
        reply.header('cache-control', 'no-cache')
        return reply.sendFile('index.html')
      },
    )
  }
}

/** Files of the bundle have plain names; whatever else is asked for is an address of a page. */
function isFile(bundle: string, name: string): boolean {
  return /^(assets\/)?[\w-]+(\.[\w-]+)+$/.test(name) && existsSync(join(bundle, name))
}

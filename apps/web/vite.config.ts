import tailwindcss from '@tailwindcss/vite'
import react from '@vitejs/plugin-react'
import { defaultClientConditions, defineConfig, type Plugin, runnerImport } from 'vite'

/** Server that the pages talk to while they are developed with Vite's own server: `OPTIO_URL`, or one on the usual port. */
const optio = { target: process.env.OPTIO_URL ?? 'http://127.0.0.1:4000', changeOrigin: true }

/** The contract's sources, so that a bundle never holds a stale build of it. */
const conditions = ['optio-source', ...defaultClientConditions]

/** Replaces a module by what its exports come to: see `src/api/endpoints.ts`. */
function evaluated(file: string): Plugin {
  return {
    name: 'optio-evaluated',
    async transform(_, id) {
      if (!id.endsWith(file)) return null
      const { module } = await runnerImport<Record<string, unknown>>(id, { resolve: { conditions } })
      return Object.entries(module)
        .map(([name, value]) => `export const ${name} = ${JSON.stringify(value)}`)
        .join('\n')
    },
  }
}

/** The pages are built into `dist`, which the server serves. */
export default defineConfig({
  plugins: [evaluated('/src/api/endpoints.ts'), react(), tailwindcss()],
  resolve: { conditions },
  server: {
    host: '127.0.0.1',
    proxy: { '/api': optio, '/ws': { ...optio, ws: true, rewriteWsOrigin: true } },
  },
  // Modules, so that a worker can load what it needs when it needs it.
  worker: { format: 'es' },
  build: { target: 'es2022', sourcemap: false, chunkSizeWarningLimit: 700 },
})

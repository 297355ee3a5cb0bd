import { defineConfig } from 'vitest/config'

/** Unit and integration tests read the packages' sources, so that a stale build can never pass. */
export default defineConfig({
  resolve: { conditions: ['optio-source'] },
  ssr: { resolve: { conditions: ['optio-source', 'node', 'import', 'module', 'default'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    pool: 'forks',
    maxWorkers: 2,
  },
})

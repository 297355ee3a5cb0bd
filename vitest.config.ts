import { defineConfig } from 'vitest/config'

/** Unit and integration tests read the packages' sources, so that a stale build can never pass. */
export default defineConfig({
  resolve: { conditions: ['optio-source'] },
  // Vitest hands these to node as --conditions, where `import` would also hold for require() and break CommonJS packages (pg).
  ssr: { resolve: { conditions: ['optio-source', 'node'] } },
  test: {
    include: ['packages/*/test/**/*.test.ts', 'apps/*/test/**/*.test.ts', 'scripts/test/**/*.test.ts'],
    globalSetup: ['apps/server/test/support/global-setup.ts'],
    testTimeout: 60_000,
    hookTimeout: 120_000,
    // Of a second by itself, which a busy machine takes.
    expect: { poll: { timeout: 30_000 } },
    pool: 'forks',
    maxWorkers: 2,
  },
})

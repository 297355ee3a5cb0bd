/** What the names of our packages start with. */
export const SCOPE = '@optio/'

/**
 * Which package may import which: arrows point down only, so there can be no circle between packages. A package that is
 * not in the table is refused until somebody decides its place.
 * @type {Record<string, { directory: string, imports: string[] }>}
 */
export const ROOMS = {
  contract: { directory: 'packages/contract', imports: [] },
  core: { directory: 'packages/core', imports: ['contract'] },
  git: { directory: 'packages/git', imports: ['contract'] },
  agents: { directory: 'packages/agents', imports: ['contract', 'core'] },
  forges: { directory: 'packages/forges', imports: ['contract', 'core', 'git'] },
  trackers: { directory: 'packages/trackers', imports: ['contract', 'core'] },
  runtimes: { directory: 'packages/runtimes', imports: ['contract', 'core', 'git'] },
  testkit: { directory: 'packages/testkit', imports: ['contract'] },
  server: {
    directory: 'apps/server',
    imports: ['contract', 'core', 'git', 'agents', 'forges', 'trackers', 'runtimes', 'testkit'],
  },
  web: { directory: 'apps/web', imports: ['contract'] },
  // The server for starting it, and for what works on a machine without one that runs: doctor, backup, restore.
  cli: { directory: 'apps/cli', imports: ['contract', 'server'] },
}

/** What the tests of every package may import besides what its sources may. */
export const IMPORTED_BY_TESTS = ['testkit']

#!/usr/bin/env node
// The one script behind every root npm script: node scripts/run.mjs <demo|start|test|dev|check|bench> [arguments].
//
// This file and node-version.mjs are read by whatever Node is installed, also by one far too old for the rest. They
// therefore use no syntax newer than Node 14 and import nothing else statically; everything else comes by import().
import { nodeVersionProblem } from './setup/node-version.mjs'

const problem = nodeVersionProblem(process.version)
if (problem !== null) {
  process.stderr.write(`${problem}\n`)
  process.exitCode = 1
} else {
  import('./commands/index.mjs')
    .then((commands) => commands.runCommand(process.argv.slice(2)))
    .catch((error) => {
      // Errors of ours say what to do next; a stack trace under them would bury that.
      const expected = error?.name === 'SetupError' || error?.name === 'OptioError'
      process.stderr.write(`${expected ? error.message : (error?.stack ?? error)}\n`)
      process.exitCode = error?.exitCode ?? 1
    })
}

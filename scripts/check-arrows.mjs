// node scripts/check-arrows.mjs: prints every import that the rules of scripts/arrows/ forbid; `npm run check` runs it too.
import { findArrowViolations } from './arrows/index.mjs'
import { ROOT } from './setup/paths.mjs'

const violations = await findArrowViolations(ROOT)
for (const violation of violations) process.stdout.write(`${violation}\n`)
process.exitCode = violations.length === 0 ? 0 : 1

// What `npm run dev` starts and starts again. It ends itself, properly, when `npm run dev` is gone without having been
// able to end it: the channel between the two then closes.
import { ROOT } from '../setup/paths.mjs'
import { runProgram } from './program.mjs'

process.once('disconnect', () => process.kill(process.pid, 'SIGTERM'))
// The terminal sends Ctrl-C to both; only `npm run dev` acts on it, and then asks this process to stop.
process.on('SIGINT', () => {})

await runProgram(ROOT, 'main.js', process.argv.slice(2))

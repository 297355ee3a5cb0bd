/** What it takes to stop the Optio of a data directory: nothing of the server itself. */
export { readConfig } from './config.ts'
export { stopOptio } from './stop-optio.ts'

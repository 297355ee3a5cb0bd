/**
 * What programs need that talk to the Optio of this machine: where it is, and how to show it.
 * Imports nothing of the server's, so that a client command starts quickly.
 */
export { dataDirectory } from './data-directory.ts'
export { openInBrowser } from './platform/browser.ts'
export { readServerFile, type ServerFile } from './server-file.ts'

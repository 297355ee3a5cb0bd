/**
 * Where the Optio of this machine is, for programs that talk to it: no more than the data directory and the file in it.
 * Imports nothing of the server's, so that a client command starts quickly.
 */
export { dataDirectory } from './data-directory.ts'
export { readServerFile, type ServerFile } from './server-file.ts'

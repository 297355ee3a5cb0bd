import type { Client } from '@optio/contract'
import { callsOf } from '@optio/contract/call'
import { ENDPOINTS } from './endpoints.ts'

/** The one typed client; the pages are served by the server they talk to. */
export const api = callsOf({ baseUrl: window.location.origin }, ENDPOINTS) as unknown as Client

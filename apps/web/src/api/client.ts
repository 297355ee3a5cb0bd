import { createClient } from '@optio/contract'

/** The one typed client; the pages are served by the server they talk to. */
export const api = createClient({ baseUrl: window.location.origin })

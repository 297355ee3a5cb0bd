export { openInBrowser } from '@optio/server/place'

import { type OptioError, SOCKET_CLOSE } from '@optio/contract'
import type { WebSocket } from 'ws'

/** Codes of the protocol itself. */
const TRY_AGAIN_LATER = 1013
const INTERNAL_ERROR = 1011

const CODES: Readonly<Record<number, number>> = {
  401: SOCKET_CLOSE.UNAUTHORIZED,
  403: SOCKET_CLOSE.FORBIDDEN,
  404: SOCKET_CLOSE.NOT_FOUND,
  // A definition has no log.
  405: SOCKET_CLOSE.NOT_FOUND,
  409: SOCKET_CLOSE.CONFLICT,
  429: SOCKET_CLOSE.TOO_MANY,
  503: TRY_AGAIN_LATER,
}

/** A close frame has room for 123 bytes of reason; the code of the error always fits. */
export function closeWith(socket: WebSocket, error: OptioError): void {
  socket.close(CODES[error.status] ?? INTERNAL_ERROR, error.code)
}

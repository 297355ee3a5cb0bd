import { ApiError } from '@optio/contract'

/** The error a call is answered with; a success is a failure of the test. */
export async function failure(call: Promise<unknown>): Promise<ApiError> {
  const error = await call.then(
    () => 'a success',
    (caught: unknown) => caught,
  )
  if (error instanceof ApiError) return error
  throw new Error(`Expected an error of the API, got ${String(error)}.`)
}

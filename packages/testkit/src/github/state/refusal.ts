/** One of the `errors` of a 422. */
export interface FieldError {
  readonly resource: string
  readonly field?: string
  readonly code: string
  readonly message?: string
}

/** GitHub says no: thrown by whatever is asked of it, shown by REST and GraphQL each in its own shape, and to tests as it is. */
export class Refusal extends Error {
  readonly status: number
  readonly errors: readonly (FieldError | string)[]
  readonly headers: Readonly<Record<string, string>>

  constructor(
    status: number,
    message: string,
    errors: readonly (FieldError | string)[] = [],
    headers: Readonly<Record<string, string>> = {},
  ) {
    super(message)
    this.status = status
    this.errors = errors
    this.headers = headers
  }
}

export function notFound(): Refusal {
  return new Refusal(404, 'Not Found')
}

/** 422 about one field. */
export function invalid(resource: string, field: string, code: string, message?: string): Refusal {
  return new Refusal(422, 'Validation Failed', [
    { resource, field, code, ...(message === undefined ? {} : { message }) },
  ])
}

/** 422 with plain words, as reviews and merges have it. */
export function unprocessable(...errors: string[]): Refusal {
  return new Refusal(422, 'Unprocessable Entity', errors)
}

export * from './error-examples.ts'
export * from './route-errors.ts'
export * from './route-examples.ts'

export * from './route-errors.ts'
export * from './route-examples.ts'

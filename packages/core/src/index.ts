export * from './pull-request.ts'

export * from './adapter.ts'
export { commandAgent } from './command.ts'
export * from './registry.ts'

export * from './local/workspace/workspace.ts'
export * from './runtime.ts'

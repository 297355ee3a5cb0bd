export * from './local/process/index.ts'
export * from './local/workspace/workspace.ts'
export * from './runtime.ts'

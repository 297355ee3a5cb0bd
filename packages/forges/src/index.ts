export * from './forge.ts'
export * from './local/store.ts'

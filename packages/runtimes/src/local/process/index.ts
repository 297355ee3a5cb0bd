export { type DiskSpace, diskSpace, isDiskFull, type TreeSize, treeSize } from './disk.ts'
export { MECHANISMS, type MechanismName } from './isolation.ts'
export { createLocalRuntime, type LocalRuntimeOptions } from './local-runtime.ts'
export {
  bootId,
  identifyProcess,
  isProcessAlive,
  type ProcessIdentity,
  parseProcessStat,
  pidNamespace,
  signalProcess,
} from './process-identity.ts'

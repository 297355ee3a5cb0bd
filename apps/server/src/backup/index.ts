export { readConfig } from '../config.ts'
export { type BackupSummary, createBackup } from './create-backup.ts'
export { checkBackup } from './read-backup.ts'
export { restoreBackup } from './restore-backup.ts'

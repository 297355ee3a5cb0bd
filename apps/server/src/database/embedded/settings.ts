/**
 * How the embedded server is started. Everything is on the command line and nothing in postgresql.conf, so that a cluster
 * made by an older Optio runs with the settings of the present one, and so that a server that is still running can be
 * compared with what would be started now (`postmaster.opts`).
 */
const SETTINGS: Readonly<Record<string, string>> = {
  // Reachable through the private socket only.
  listen_addresses: '',
  unix_socket_permissions: '0700',
  max_connections: '100',

  // Small while idle: 32 MB of buffers (the system's file cache does the rest), no helper processes that we do not use.
  shared_buffers: '32MB',
  maintenance_work_mem: '32MB',
  huge_pages: 'off',
  io_method: 'sync',
  max_wal_senders: '0',
  max_logical_replication_workers: '0',
  autovacuum_max_workers: '2',
  // Parallel queries share memory through /dev/shm, of which containers have 64 MB.
  max_parallel_workers_per_gather: '0',
  jit: 'off',

  // Durable, with a bounded write-ahead log.
  fsync: 'on',
  synchronous_commit: 'on',
  max_wal_size: '512MB',
  min_wal_size: '48MB',
  checkpoint_timeout: '15min',

  // A process that was killed in the middle of a statement must not keep its locks until the statement ends.
  client_connection_check_interval: '2s',

  // The log says what went wrong and no data: neither statements nor the values in a constraint's detail.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
  log_checkpoints: 'off',
  log_line_prefix: '%m [%p] ',
  log_timezone: 'UTC',
  timezone: 'UTC',
  lc_messages: 'C',
}

/** Port number of the socket's name; no port is opened. */
export const SOCKET_PORT = 5432

/** Arguments of `postgres` for a cluster; `overrides` replace or add single settings. */
export function postgresArguments(
  cluster: string,
  socketDirectory: string,
  overrides: Readonly<Record<string, string>> = {},
): string[] {
  const settings: Record<string, string> = {
    ...SETTINGS,
    port: String(SOCKET_PORT),
    unix_socket_directories: socketDirectory,
    ...(process.platform === 'linux' ? { recovery_init_sync_method: 'syncfs' } : {}),
    ...overrides,
  }
  return ['-D', cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])]
}

/** Environment of the server's processes: none of ours, which may hold secrets and PG* variables that change its behaviour. */
export const SERVER_ENVIRONMENT: Readonly<Record<string, string>> = {
  PATH: '/usr/local/bin:/usr/bin:/bin:/usr/sbin:/sbin',
  LC_ALL: 'C',
  TZ: 'UTC',
}

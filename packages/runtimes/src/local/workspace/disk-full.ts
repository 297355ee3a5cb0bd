import { OptioError } from '@optio/contract'

/** Says a full disk in words, whichever call met it first. Other errors pass as they are. */
export async function sayDiskFull<T>(work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    const code = (error as NodeJS.ErrnoException).code
    if (code !== 'ENOSPC' && code !== 'EDQUOT') throw error
    throw new OptioError(
      'DISK_FULL',
      'The disk that holds Optio’s data is full. Free some room; the work goes on by itself afterwards.',
      { cause: error },
    )
  }
}

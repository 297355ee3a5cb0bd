import { stat } from 'node:fs/promises'
import { dirname } from 'node:path'
import { diskSpace } from '@optio/runtimes'
import { type Examine, problem, warning, well } from './surroundings.ts'

const MIB = 1024 ** 2
/** Below this a few clones of a usual size fill the disk. */
const LITTLE_BYTES = 2 * 1024 ** 3

export const examineDisk: Examine = async ({ config }) => {
  const found = { id: 'disk', area: 'disk', title: 'Disk' } as const
  const { freeBytes, totalBytes } = await diskSpace(await existing(config.dataDir))
  const detail = `${mebibytes(freeBytes)} of ${mebibytes(totalBytes)} free where ${config.dataDir} is.`
  if (freeBytes < config.minFreeBytes) {
    const least = `Nothing new starts below ${mebibytes(config.minFreeBytes)} (OPTIO_MIN_FREE_BYTES).`
    return [
      problem(
        { ...found, detail: `${detail} ${least}` },
        'Make room, or move the data directory to a larger disk (OPTIO_DATA_DIR).',
      ),
    ]
  }
  if (freeBytes < Math.max(LITTLE_BYTES, 2 * config.minFreeBytes)) {
    return [
      warning({ ...found, detail }, 'Make room: every unfinished task has a full clone of its repository.'),
    ]
  }
  return [well({ ...found, detail })]
}

function mebibytes(bytes: number): string {
  return bytes >= 10 * 1024 * MIB ? `${Math.floor(bytes / 1024 / MIB)} GiB` : `${Math.floor(bytes / MIB)} MiB`
}

/** The directory itself, or the nearest above it that is there. */
async function existing(path: string): Promise<string> {
  for (let place = path; ; place = dirname(place)) {
    const there = await stat(place).then(
      () => true,
      () => false,
    )
    if (there || place === dirname(place)) return place
  }
}

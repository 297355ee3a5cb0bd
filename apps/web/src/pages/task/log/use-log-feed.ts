import { useEffect, useState, useSyncExternalStore } from 'react'
import { LogFeed } from './log-feed.ts'
import { LogFinder } from './log-finder.ts'

/** The log of a task for as long as it is shown; null before that. */
export function useLogFeed(taskId: string, line: number | null): LogFeed | null {
  const [feed, setFeed] = useState<LogFeed | null>(null)
  // A line that is pointed at later is a jump, not another log.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    const opened = new LogFeed(taskId, line)
    opened.open()
    setFeed(opened)
    return () => opened.close()
  }, [taskId])
  useSyncExternalStore(feed?.subscribe ?? never, feed?.version ?? zero)
  return feed
}

interface Search {
  readonly words: string
  readonly logType: LogFeed['logType']
}

/** Looks for words in the log, once there are any; null while there are none. */
export function useFinder(
  taskId: string,
  { words, logType }: Search,
  place: () => number,
  show: (seq: number) => void,
): LogFinder | null {
  const [finder, setFinder] = useState<LogFinder | null>(null)
  // Where the reader is matters when the search begins, not later.
  // biome-ignore lint/correctness/useExhaustiveDependencies: see above
  useEffect(() => {
    if (words === '') return setFinder(null)
    const begun = new LogFinder({ taskId, words, logType, place: place(), show })
    setFinder(begun)
    void begun.start()
    return () => begun.close()
  }, [taskId, words, logType])
  useSyncExternalStore(finder?.subscribe ?? never, finder?.version ?? zero)
  return finder
}

const never = () => () => {}
const zero = () => 0

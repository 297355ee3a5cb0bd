import type { BatchedEntry, ExecutedDetail, LogType } from '@optio/contract'
import { useQuery } from '@tanstack/react-query'
import { useNavigate } from '@tanstack/react-router'
import { useCallback, useEffect, useMemo, useRef, useState } from 'react'
import { queries } from '../../../api/queries.ts'
import { useShortcuts } from '../../../app/keyboard/shortcuts.ts'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { plainText } from '../../../ui/plain-text.ts'
import { useToasts } from '../../../ui/toasts.tsx'
import { useDebounced } from '../../../ui/use-debounced.ts'
import { startsByAttempt, wordsByAttempt } from './attempt-words.ts'
import { EmptyLog } from './empty-log.tsx'
import type { LogFeed } from './log-feed.ts'
import type { LogScroller } from './log-scroller.ts'
import { LogStatus } from './log-status.tsx'
import { type LogLook, LogToolbar } from './log-toolbar.tsx'
import { LogView } from './log-view.tsx'
import type { RowActs, RowLook } from './row-look.ts'
import { withoutColours } from './sgr.ts'
import { useFinder, useLogFeed } from './use-log-feed.ts'

interface LogTabProps {
  readonly taskId: string
  readonly detail: ExecutedDetail
  /** Line the address points at. */
  readonly line: number | null
}

/** The log of a task: live, searched, filtered, and read at any place. */
export function LogTab({ taskId, detail, line }: LogTabProps) {
  const feed = useLogFeed(taskId, line)
  if (feed?.error) return <ErrorNotice title="The log cannot be read" error={feed.error} />
  if (!feed?.isReady) return <Loading what="the log" />
  if (feed.last === 0) return <EmptyLog detail={detail} />
  return <ReadLog key={taskId} taskId={taskId} detail={detail} line={line} feed={feed} />
}

function ReadLog({ taskId, detail, line, feed }: LogTabProps & { feed: LogFeed }) {
  const { data: attempts = [] } = useQuery(queries.attempts(taskId))
  const navigate = useNavigate({ from: '/tasks/$taskId' })
  const toasts = useToasts()
  const scroller = useRef<LogScroller | null>(null)
  const searchInput = useRef<HTMLInputElement>(null)
  const [look, setLook] = useState<LogLook>({ wraps: true, times: 'relative' })
  const [unfolded, setUnfolded] = useState<ReadonlyMap<number, number>>(new Map())
  const [pointed, setPointed] = useState(line)
  const [words, setWords] = useState('')
  const [seen, setSeen] = useState({ first: 0, follows: line === null, arrived: 0 })
  const { source } = feed

  const unfold = useCallback((seq: number, level: number) => {
    scroller.current?.holdStill()
    setUnfolded((before) => new Map(before).set(seq, level))
  }, [])
  const fold = useCallback((seq: number, level: number) => unfold(seq, level > 0 ? 0 : 1), [unfold])

  const show = useCallback(
    (seq: number, unfolds: boolean) => {
      setPointed(seq)
      // A hit may be in what is folded: in the answer of a call, at the end of a long text.
      if (unfolds) setUnfolded((before) => (before.get(seq) ? before : new Map(before).set(seq, 1)))
      // After the effects that asked for it: drawing at once is not possible within them.
      queueMicrotask(() => scroller.current?.reveal(feed.source.positionOf(seq), true))
    },
    [feed],
  )

  const settled = useDebounced(words.trim(), 250)
  const finder = useFinder(
    taskId,
    { words: words.trim() === '' ? '' : settled, logType: feed.logType },
    () => source.at(scroller.current?.top ?? 1)?.seq ?? 1,
    (seq) => show(seq, mayBeFolded(feed, seq, settled)),
  )

  useEffect(() => {
    if (line !== null) show(line, false)
  }, [line, show])
  useShortcuts('Log', [{ keys: '/', label: 'Search the log', run: () => searchInput.current?.focus() }])

  const hrefOf = useCallback((seq: number) => `/tasks/${taskId}?tab=log&line=${seq}`, [taskId])
  const acts = useMemo<RowActs>(() => {
    const copy = (text: string, what: string) =>
      navigator.clipboard
        .writeText(text)
        .then(() => toasts.done(`Copied ${what}`))
        .catch((error: unknown) => toasts.failed(`Could not copy ${what}`, error))
    return {
      fold,
      unfold,
      link: (seq) =>
        void navigate({
          search: (before) => ({ ...before, tab: 'log', line: seq }),
          replace: true,
          resetScroll: false,
        }),
      copyLink: (seq) => void copy(window.location.origin + hrefOf(seq), `the link to line ${seq}`),
      copyText: (entry, answer) => void copy(wordsOf(entry, answer), `line ${entry.seq}`),
    }
  }, [fold, unfold, navigate, toasts, hrefOf])

  const rowLook = useMemo<RowLook>(
    () => ({
      ...look,
      attemptStarts: startsByAttempt(attempts),
      attemptWords: wordsByAttempt(attempts),
      words: finder?.words ?? '',
      hrefOf,
    }),
    [look, attempts, finder?.words, hrefOf],
  )

  const onLook = useCallback(
    (first: number, last: number) => {
      feed.look(first, last)
      setSeen((before) => (before.first === first ? before : { ...before, first }))
    },
    [feed],
  )
  const onFollow = useCallback(
    (follows: boolean) => setSeen((before) => ({ ...before, follows, arrived: feed.arrived })),
    [feed],
  )
  const filter = (logType: LogType | null) => {
    const at = scroller.current?.top
    const seq = (at === undefined ? undefined : source.at(at)?.seq) ?? 1
    feed.filter(logType, seen.follows ? feed.last + 1 : seq)
  }

  const isEmpty = source.last < source.first
  return (
    // As high as the window leaves room for, so that its end is seen without scrolling the page.
    <div className="relative min-h-104 flex-1">
      <section
        aria-label="Log of the task"
        className="absolute inset-0 flex flex-col overflow-hidden rounded-lg border border-line bg-surface"
      >
        <LogToolbar
          taskId={taskId}
          last={feed.last}
          look={look}
          onLook={setLook}
          logType={feed.logType}
          onFilter={filter}
          words={words}
          onWords={setWords}
          finder={finder}
          searchInput={searchInput}
          onStart={() => scroller.current?.toStart()}
          onEnd={() => scroller.current?.toEnd()}
          onLine={(seq) => {
            acts.link(seq)
            show(seq, false)
          }}
        />
        <LogStatus
          feed={feed}
          attempt={rowLook.attemptWords.get(source.at(seen.first)?.attempt ?? -1) ?? null}
          follows={seen.follows}
          unseen={feed.arrived - seen.arrived}
          isLive={detail.task.state === 'running' || detail.task.state === 'provisioning'}
          beyond={line !== null && line > feed.last ? line : null}
          onEnd={() => scroller.current?.toEnd()}
        />
        <div className="relative min-h-0 flex-1">
          {isEmpty && feed.logType !== null ? (
            <p role="status" className="p-6 text-center text-ink-2">
              {source.hasBefore || source.hasAfter
                ? 'Looking for entries of this type…'
                : 'The log has no entries of this type so far.'}
            </p>
          ) : null}
          <LogView
            source={source}
            look={rowLook}
            acts={acts}
            unfolded={unfolded}
            pointed={pointed}
            scroller={scroller}
            start={line}
            onLook={onLook}
            onFollow={onFollow}
            onPoint={setPointed}
          />
        </div>
      </section>
    </div>
  )
}

/** What a hit is in is not seen as long as its row is folded. */
function mayBeFolded({ source }: LogFeed, seq: number, words: string): boolean {
  const entry = source.at(source.positionOf(seq))
  if (entry === undefined) return true
  if (entry.logType === 'tool_use') return true
  return (
    entry.content.toLowerCase().indexOf(words.toLowerCase()) > 500 || entry.content.split('\n', 4).length > 3
  )
}

/** What is copied is what is seen: nothing in it steers the terminal it may be pasted into. */
function wordsOf(entry: BatchedEntry, answer: BatchedEntry | undefined): string {
  return [entry, answer]
    .map((one) => (one ? plainText(withoutColours(one.content)) : ''))
    .join('\n')
    .trimEnd()
}

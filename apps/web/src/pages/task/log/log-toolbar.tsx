import { LOG_TYPES, type LogType } from '@optio/contract'
import { ArrowDown, ArrowDownToLine, ArrowUp, ArrowUpToLine, Clock, Download, WrapText } from 'lucide-react'
import { DropdownMenu } from 'radix-ui'
import { type FormEvent, type KeyboardEvent, type ReactNode, type RefObject, useState } from 'react'
import { Button } from '../../../ui/button.tsx'
import { Select, TextInput } from '../../../ui/field.tsx'
import { MENU, MENU_ITEM } from '../menu.ts'
import type { LogFinder } from './log-finder.ts'
import type { TimeLook } from './row-look.ts'

const TYPE_NAMES: Readonly<Record<LogType, string>> = {
  text: 'Text',
  tool_use: 'Tool calls',
  tool_result: 'Tool answers',
  thinking: 'Thinking',
  system: 'System',
  error: 'Errors',
  info: 'Info',
}

const NEXT_TIMES: Readonly<Record<TimeLook, TimeLook>> = {
  none: 'relative',
  relative: 'absolute',
  absolute: 'none',
}

const FORMATS = [
  ['plaintext', 'Plain text'],
  ['markdown', 'Markdown'],
  ['json', 'JSON'],
] as const

export interface LogLook {
  readonly wraps: boolean
  readonly times: TimeLook
}

interface LogToolbarProps {
  readonly taskId: string
  readonly last: number
  readonly look: LogLook
  readonly onLook: (look: LogLook) => void
  readonly logType: LogType | null
  readonly onFilter: (logType: LogType | null) => void
  readonly words: string
  readonly onWords: (words: string) => void
  readonly finder: LogFinder | null
  readonly searchInput: RefObject<HTMLInputElement | null>
  readonly onStart: () => void
  readonly onEnd: () => void
  readonly onLine: (seq: number) => void
}

export function LogToolbar(props: LogToolbarProps) {
  const { taskId, look, onLook, logType, onFilter, onStart, onEnd } = props
  return (
    <div className="flex flex-wrap items-center gap-2 border-b border-line p-2">
      <SearchBox {...props} />
      <Select
        aria-label="Show only"
        value={logType ?? ''}
        onChange={({ target }) => onFilter(target.value === '' ? null : (target.value as LogType))}
        className="h-7! w-auto! px-2! text-xs"
      >
        <option value="">All entries</option>
        {LOG_TYPES.map((type) => (
          <option key={type} value={type}>
            {TYPE_NAMES[type]}
          </option>
        ))}
      </Select>
      <div className="flex gap-1">
        <Tool
          label="To the first line (Home)"
          onClick={onStart}
          icon={<ArrowUpToLine className="size-4" />}
        />
        <Tool label="To the last line (End)" onClick={onEnd} icon={<ArrowDownToLine className="size-4" />} />
        <LineBox {...props} />
      </div>
      <div className="ml-auto flex gap-1">
        <Tool
          label={`Times: ${look.times}`}
          onClick={() => onLook({ ...look, times: NEXT_TIMES[look.times] })}
          icon={<Clock className="size-4" />}
        />
        <Tool
          label="Wrap long lines"
          pressed={look.wraps}
          onClick={() => onLook({ ...look, wraps: !look.wraps })}
          icon={<WrapText className="size-4" />}
        />
        <DropdownMenu.Root>
          <DropdownMenu.Trigger asChild>
            <Button look="quiet" small aria-label="Download the whole log" title="Download the whole log">
              <Download className="size-4" aria-hidden="true" />
            </Button>
          </DropdownMenu.Trigger>
          <DropdownMenu.Portal>
            <DropdownMenu.Content align="end" sideOffset={4} className={MENU}>
              {FORMATS.map(([format, name]) => (
                <DropdownMenu.Item key={format} asChild className={MENU_ITEM}>
                  <a href={`/api/tasks/${taskId}/logs/export?format=${format}`} download>
                    {name}
                  </a>
                </DropdownMenu.Item>
              ))}
            </DropdownMenu.Content>
          </DropdownMenu.Portal>
        </DropdownMenu.Root>
      </div>
    </div>
  )
}

function SearchBox({ words, onWords, finder, searchInput }: LogToolbarProps) {
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === 'Escape') {
      if (words === '') searchInput.current?.blur()
      else onWords('')
    } else if (event.key === 'Enter' || event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault()
      void finder?.go(event.key === 'ArrowUp' || (event.key === 'Enter' && event.shiftKey) ? -1 : 1)
    }
  }
  return (
    <search className="flex min-w-0 items-center gap-1">
      <TextInput
        ref={searchInput}
        type="search"
        aria-label="Search the log"
        placeholder="Search the log ( / )"
        title="Ctrl+F of the browser finds only what is on the screen; this finds everything"
        value={words}
        onChange={({ target }) => onWords(target.value)}
        onKeyDown={onKeyDown}
        className="h-7! w-52! min-w-0 px-2! text-xs max-sm:w-40!"
      />
      {words !== '' ? (
        <>
          <span role="status" className="text-xs whitespace-nowrap text-ink-2 tabular-nums">
            {finder ? hitWords(finder) : '…'}
          </span>
          <Tool
            label="The hit before (Shift+Enter)"
            onClick={() => void finder?.go(-1)}
            icon={<ArrowUp className="size-4" />}
          />
          <Tool
            label="The next hit (Enter)"
            onClick={() => void finder?.go(1)}
            icon={<ArrowDown className="size-4" />}
          />
        </>
      ) : null}
    </search>
  )
}

function hitWords(finder: LogFinder): string {
  const { known, isAll } = finder.count
  if (finder.error !== null) return 'The search failed; Enter tries again'
  if (known === 0) return finder.isBusy || !isAll ? 'Searching…' : 'No hits'
  const number = finder.number === null ? '' : `${finder.number} of `
  return `${number}${known.toLocaleString('en')}${isAll ? '' : '+'} ${known === 1 && isAll ? 'hit' : 'hits'}`
}

function LineBox({ last, onLine }: LogToolbarProps) {
  const [given, setGiven] = useState('')
  const go = (event: FormEvent) => {
    event.preventDefault()
    const seq = Number(given)
    if (Number.isSafeInteger(seq) && seq > 0) onLine(Math.min(seq, last))
    setGiven('')
  }
  return (
    <form onSubmit={go}>
      <TextInput
        aria-label="Go to line"
        placeholder="Line"
        inputMode="numeric"
        pattern="[0-9]*"
        value={given}
        onChange={({ target }) => setGiven(target.value)}
        className="h-7! w-18! px-2! text-xs"
      />
    </form>
  )
}

function Tool({
  label,
  icon,
  pressed,
  onClick,
}: {
  label: string
  icon: ReactNode
  pressed?: boolean
  onClick: () => void
}) {
  return (
    <Button
      look="quiet"
      small
      aria-label={label}
      title={label}
      aria-pressed={pressed}
      onClick={onClick}
      className="aria-pressed:bg-accent-soft aria-pressed:text-accent"
    >
      {icon}
    </Button>
  )
}

import { Check } from 'lucide-react'
import { useMemo, useState } from 'react'
import { cx } from '../../../../ui/class-names.ts'
import { INPUT } from '../../../../ui/field.tsx'
import { plainLine } from '../../../../ui/plain-text.ts'
import type { ChangedFile } from './changed-file.ts'
import { LineCounts, StatusLetter } from './file-marks.tsx'

interface FileListProps {
  readonly files: readonly ChangedFile[]
  readonly viewed: ReadonlySet<string>
  /** The file the address points at. */
  readonly current: string | undefined
  readonly onChoose: (path: string) => void
}

/** All changed files, to be narrowed by a part of their path. */
export function FileList({ files, viewed, current, onChoose }: FileListProps) {
  const [filter, setFilter] = useState('')
  const wanted = filter.trim().toLowerCase()
  const found = useMemo(
    () => files.filter(({ path }) => path.toLowerCase().includes(wanted)),
    [files, wanted],
  )
  return (
    <nav aria-label="Changed files" className="flex max-h-full flex-col">
      <input
        type="search"
        value={filter}
        onChange={(event) => setFilter(event.target.value)}
        placeholder={`Filter ${files.length} files`}
        aria-label="Filter files"
        className={cx(INPUT, 'h-8 shrink-0 text-xs')}
      />
      {found.length === 0 ? <p className="p-2 text-ink-3">No file has this in its path.</p> : null}
      <ul className="mt-2 min-h-0 overflow-y-auto">
        {found.map((file) => (
          <li key={file.path}>
            <button
              type="button"
              aria-current={file.path === current ? 'true' : undefined}
              title={plainLine(file.path)}
              className="flex min-h-7 w-full cursor-pointer items-center gap-2 rounded px-2 text-left hover:bg-sunken aria-[current=true]:bg-accent-soft"
              onClick={() => onChoose(file.path)}
            >
              <StatusLetter status={file.status} />
              <PathText path={file.path} />
              {viewed.has(file.path) ? (
                <Check className="size-3.5 shrink-0 text-good" role="img" aria-label="viewed" />
              ) : null}
              <LineCounts additions={file.additions} deletions={file.deletions} />
            </button>
          </li>
        ))}
      </ul>
    </nav>
  )
}

/** The name is what one looks for: where there is little room, the directories give way. */
function PathText({ path }: { path: string }) {
  const slash = path.lastIndexOf('/') + 1
  return (
    <span className="flex min-w-0 flex-1 text-xs">
      <span className="min-w-0 truncate text-ink-3">{plainLine(path.slice(0, slash))}</span>
      <span className="max-w-full min-w-0 shrink-0 truncate">{plainLine(path.slice(slash))}</span>
    </span>
  )
}

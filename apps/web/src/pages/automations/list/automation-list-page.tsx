import { useInfiniteQuery } from '@tanstack/react-query'
import { getRouteApi, Link } from '@tanstack/react-router'
import { CalendarClock, FilterX, Plus } from 'lucide-react'
import { queries } from '../../../api/queries.ts'
import { AUTOMATION_KINDS, type AutomationKind } from '../../../app/search.ts'
import { KINDS } from '../../../tasks/kinds.ts'
import { useRepos } from '../../../tasks/repo-names.ts'
import { Button } from '../../../ui/button.tsx'
import { Empty } from '../../../ui/empty.tsx'
import { FilterBar, FilterWords } from '../../../ui/filters.tsx'
import { LinkTab, LinkTabs } from '../../../ui/link-tabs.tsx'
import { Loading } from '../../../ui/loading.tsx'
import { ErrorNotice } from '../../../ui/notice.tsx'
import { Page } from '../../../ui/page.tsx'
import { AutomationRow } from './automation-row.tsx'

const route = getRouteApi('/automations')

/** Everything that is saved to be run again: blueprints and standalone tasks. */
export function AutomationListPage() {
  const { kind = 'repo-blueprint', q = '' } = route.useSearch()
  const navigate = route.useNavigate()
  const { name, what } = KINDS[kind]
  return (
    <Page
      title={`Automations: ${KINDS[kind].plural}`}
      heading="Automations"
      actions={
        <Button asChild>
          <Link to="/automations/new" search={{ kind }}>
            <Plus className="size-4" aria-hidden="true" />
            New {name.toLowerCase()}
          </Link>
        </Button>
      }
    >
      <div className="space-y-3">
        <Kinds chosen={kind} q={q} />
        <p className="text-ink-2">
          {what}{' '}
          <Link to="/templates" className="text-accent underline">
            Templates
          </Link>{' '}
          say what agents are told besides.
        </p>
        <FilterBar>
          <FilterWords
            key={kind}
            label="Search in names and prompts"
            q={q}
            maxLength={1000}
            onChange={(words) =>
              void navigate({ search: { kind, ...(words === '' ? {} : { q: words }) }, replace: true })
            }
          />
        </FilterBar>
        <List kind={kind} q={q} />
      </div>
    </Page>
  )
}

function Kinds({ chosen, q }: { chosen: AutomationKind; q: string }) {
  return (
    <LinkTabs label="Kinds of automations">
      {AUTOMATION_KINDS.map((kind) => (
        <LinkTab
          key={kind}
          to="/automations"
          search={{ kind, ...(q === '' ? {} : { q }) }}
          icon={KINDS[kind].icon}
          isChosen={kind === chosen}
        >
          {KINDS[kind].plural}
        </LinkTab>
      ))}
    </LinkTabs>
  )
}

function List({ kind, q }: { kind: AutomationKind; q: string }) {
  const list = useInfiniteQuery(queries.definitions(kind, q))
  const { nameOf } = useRepos()
  const definitions = list.data?.pages.flatMap((page) => page.definitions) ?? []
  if (list.isPending) return <Loading what="the automations" />
  if (list.error && definitions.length === 0) {
    return (
      <ErrorNotice
        error={list.error}
        title="The automations could not be read"
        actions={<Button onClick={() => void list.refetch()}>Try again</Button>}
      />
    )
  }
  if (definitions.length === 0) return <None kind={kind} q={q} />
  return (
    <>
      <ul
        aria-label={`${KINDS[kind].plural}, newest first`}
        aria-busy={list.isPlaceholderData}
        className="divide-y divide-line overflow-hidden rounded-lg border border-line bg-surface"
      >
        {definitions.map((definition) => (
          <AutomationRow key={definition.id} definition={definition} nameOf={nameOf} />
        ))}
      </ul>
      {list.hasNextPage ? (
        <Button busy={list.isFetchingNextPage} onClick={() => void list.fetchNextPage()}>
          Show more
        </Button>
      ) : null}
    </>
  )
}

/** What to do, where there is nothing. */
const FIRST: Readonly<Record<AutomationKind, string>> = {
  'repo-blueprint':
    'Write down once what is to be done in a repository, such as “update the dependencies”. Then run it by hand, by a schedule, or by a webhook.',
  standalone:
    'Write down once what an agent is to find out or write, such as “summarise yesterday’s incidents”. It needs no repository, and runs by hand, by a schedule, or by a webhook.',
}

function None({ kind, q }: { kind: AutomationKind; q: string }) {
  const { name, plural } = KINDS[kind]
  if (q !== '') {
    return (
      <Empty
        icon={FilterX}
        title={`No ${name.toLowerCase()} fits these words`}
        actions={
          <Button asChild>
            <Link to="/automations" search={{ kind }}>
              Show all {plural.toLowerCase()}
            </Link>
          </Button>
        }
      >
        Look for fewer words.
      </Empty>
    )
  }
  return (
    <Empty
      icon={CalendarClock}
      title={`There are no ${plural.toLowerCase()} yet`}
      actions={
        <Button asChild look="primary">
          <Link to="/automations/new" search={{ kind }}>
            New {name.toLowerCase()}
          </Link>
        </Button>
      }
    >
      {FIRST[kind]}
    </Empty>
  )
}

import { FileText, MessageSquareCode } from 'lucide-react'
import { LinkTab, LinkTabs } from '../../ui/link-tabs.tsx'

const TABS = [
  { to: '/templates', words: 'Prompts', icon: MessageSquareCode },
  { to: '/templates/tasks', words: 'Tasks', icon: FileText },
] as const

/** The two kinds of templates, as ways to their lists. */
export function TemplateTabs({ chosen }: { chosen: (typeof TABS)[number]['to'] }) {
  return (
    <LinkTabs label="Kinds of templates">
      {TABS.map(({ to, words, icon }) => (
        <LinkTab key={to} to={to} icon={icon} isChosen={to === chosen}>
          {words}
        </LinkTab>
      ))}
    </LinkTabs>
  )
}

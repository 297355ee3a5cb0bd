import { KeyRound, Webhook } from 'lucide-react'
import { LinkTab, LinkTabs } from '../../ui/link-tabs.tsx'

const TABS = [
  { to: '/settings/secrets', words: 'Secrets', icon: KeyRound },
  { to: '/settings/github', words: 'GitHub', icon: Webhook },
] as const

/** The pages of the settings. */
export function SettingsTabs({ chosen }: { chosen: (typeof TABS)[number]['to'] }) {
  return (
    <LinkTabs label="Settings">
      {TABS.map(({ to, words, icon }) => (
        <LinkTab key={to} to={to} icon={icon} isChosen={to === chosen}>
          {words}
        </LinkTab>
      ))}
    </LinkTabs>
  )
}

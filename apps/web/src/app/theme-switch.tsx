import { type LucideIcon, Monitor, Moon, Sun } from 'lucide-react'
import { Button } from '../ui/button.tsx'
import { type Theme, useTheme } from './theme.ts'

export const THEMES: Readonly<Record<Theme, { label: string; icon: LucideIcon; next: Theme }>> = {
  system: { label: 'as the system', icon: Monitor, next: 'light' },
  light: { label: 'light', icon: Sun, next: 'dark' },
  dark: { label: 'dark', icon: Moon, next: 'system' },
}

/** Three themes take turns; what is next is said before it is chosen. */
export function ThemeSwitch() {
  const { theme, choose } = useTheme()
  const { icon: Icon, label, next } = THEMES[theme]
  const words = `Theme: ${label}. Change to ${THEMES[next].label}`
  return (
    <Button look="quiet" small aria-label={words} title={words} onClick={() => choose(next)}>
      <Icon className="size-4" aria-hidden="true" />
    </Button>
  )
}

import { useCallback, useEffect } from 'react'
import { useStored, writeStored } from '../ui/stored-setting.ts'

export type Theme = 'system' | 'light' | 'dark'

const KEY = 'optio-theme'

/** The chosen theme, the same wherever it is asked for. */
export function useTheme(): { theme: Theme; choose: (theme: Theme) => void } {
  const stored = useStored(KEY)
  const theme = stored === 'light' || stored === 'dark' ? stored : 'system'
  const choose = useCallback((chosen: Theme) => writeStored(KEY, chosen === 'system' ? null : chosen), [])
  return { theme, choose }
}

/** Gives the page the chosen theme, and follows the system's where that is the choice. The first picture is `public/theme.js`'s doing. */
export function useThemeOnPage(): void {
  const { theme } = useTheme()
  useEffect(() => {
    const system = matchMedia('(prefers-color-scheme: dark)')
    const apply = () => {
      document.documentElement.classList.toggle(
        'dark',
        theme === 'dark' || (theme === 'system' && system.matches),
      )
    }
    apply()
    system.addEventListener('change', apply)
    return () => system.removeEventListener('change', apply)
  }, [theme])
}

import { expect, it } from 'vitest'
import { browserCommand, openInBrowser } from '../../src/platform/browser.ts'

it('a browser is opened only where somebody sits before a desktop', () => {
  expect(browserCommand({ DISPLAY: ':0' }, 'linux')).toBe('xdg-open')
  expect(browserCommand({ WAYLAND_DISPLAY: 'wayland-0' }, 'linux')).toBe('xdg-open')
  expect(browserCommand({}, 'darwin')).toBe('open')
  expect(browserCommand({}, 'linux')).toBeNull()
  for (const away of [{ CI: 'true' }, { SSH_CONNECTION: '1 2 3 4' }, { SSH_TTY: '/dev/pts/0' }]) {
    expect(browserCommand({ DISPLAY: ':0', ...away }, 'linux')).toBeNull()
    expect(browserCommand(away, 'darwin')).toBeNull()
  }
})

it('a machine without one is no failure', async () => {
  expect(await openInBrowser('http://127.0.0.1:4000', {})).toBe(false)
})

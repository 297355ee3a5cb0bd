// Before the first picture, so that a dark page never flashes white. `app/theme.ts` changes it later.
;(() => {
  let chosen = null
  try {
    chosen = localStorage.getItem('optio-theme')
  } catch {
    // Without storage the system's choice holds.
  }
  const dark = chosen === 'dark' || (chosen !== 'light' && matchMedia('(prefers-color-scheme: dark)').matches)
  document.documentElement.classList.toggle('dark', dark)
})()

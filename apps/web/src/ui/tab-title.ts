import { useEffect } from 'react'
import { plainLine } from './plain-text.ts'

/* The title of the browser's tab is made of two things that change on their own: which page it is, and how much waits. */
let pageTitle = ''
let waiting = 0

function show(): void {
  const name = pageTitle === '' ? 'Optio' : `${pageTitle} · Optio`
  document.title = waiting > 0 ? `(${waiting}) ${name}` : name
}

/** Names the browser's tab. */
export function useTabTitle(title: string): void {
  useEffect(() => {
    pageTitle = plainLine(title)
    show()
  }, [title])
}

/** Shows in the browser's tab how many things wait for a person. */
export function useTabCount(count: number): void {
  useEffect(() => {
    waiting = count
    show()
  }, [count])
}

/** Optio's answer in a thread of remarks, once a commit that deals with them is on the pull request. */
export function threadAnswer({ headSha }: { readonly headSha: string }): string {
  return `The agent was told of this; ${headSha} has what it made of it. Resolve the thread if that settles it, or answer here what is missing.`
}

/**
 * Numbers of the issues a text closes when it is merged: `Closes #4`, `fixes: acme/shop#4`, `resolved <address of the issue>`
 * (https://docs.github.com/issues/tracking-your-work-with-issues/linking-a-pull-request-to-an-issue). Other repositories' are left out.
 */
export function closedBy(text: string, fullName: string, webUrl: string): number[] {
  const word = String.raw`\b(?:close[sd]?|fix(?:e[sd])?|resolve[sd]?)`
  const pattern = new RegExp(
    String.raw`${word}(?::\s*|\s+)(?:(\S+?)#(\d+)|#(\d+)|(https?://\S+?)/issues/(\d+))\b`,
    'gi',
  )
  const numbers = [...text.matchAll(pattern)].flatMap(([, name, named, plain, address, addressed]) => {
    if (plain !== undefined) return [Number(plain)]
    if (name !== undefined) return name.toLowerCase() === fullName.toLowerCase() ? [Number(named)] : []
    return address?.toLowerCase() === `${webUrl}/${fullName}`.toLowerCase() ? [Number(addressed)] : []
  })
  return [...new Set(numbers)]
}

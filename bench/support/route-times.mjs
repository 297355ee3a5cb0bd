/**
 * Times of requests as the server itself measures them, which `/metrics` shows: how many of one route took at most so long, for some
 * bounds.
 */

const LINE =
  /^optio_http_request_duration_seconds_bucket\{le="([^"]+)",method="([^"]+)",route="([^"]+)",status="2xx"\} (\d+)/gm

/**
 * The counts up to now, by route and then by bound in milliseconds.
 * @param {string} url of the server
 * @returns {Promise<Map<string, Map<number, number>>>}
 */
export async function readRouteTimes(url) {
  const text = await (await fetch(`${url}/metrics`)).text()
  /** @type {Map<string, Map<number, number>>} */
  const routes = new Map()
  for (const [, bound, method, route, count] of text.matchAll(LINE)) {
    if (method !== 'GET' || route === undefined) continue
    const counts = routes.get(route) ?? new Map()
    routes.set(
      route,
      counts.set(Number(bound === '+Inf' ? Number.POSITIVE_INFINITY : bound) * 1000, Number(count)),
    )
  }
  return routes
}

/**
 * The time below which a share of the requests between two readings lies, in milliseconds: between two bounds as if they were spread
 * evenly there, beyond the last one infinite. Exact is whether it is at most one of the bounds.
 * @param {Map<number, number> | undefined} before
 * @param {Map<number, number> | undefined} after
 * @param {number} share
 */
export function quantileBetween(before, after, share) {
  const counts = [...(after ?? [])].map(([bound, count]) => ({
    bound,
    count: count - (before?.get(bound) ?? 0),
  }))
  const total = counts.at(-1)?.count ?? 0
  const rank = total * share
  let below = { bound: 0, count: 0 }
  for (const each of counts) {
    if (each.count >= rank) {
      if (each.bound === Number.POSITIVE_INFINITY || each.count === below.count) return each.bound
      return below.bound + ((each.bound - below.bound) * (rank - below.count)) / (each.count - below.count)
    }
    below = each
  }
  return Number.NaN
}

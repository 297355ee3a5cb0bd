import type { StopReason } from '@optio/core'

/** Tells whoever runs a step that it is to be stopped, and why. Asked for once, it stays asked for. */
export interface StopSwitch {
  readonly reason: StopReason | null
  request(reason: StopReason): void
  /** Resolves when a stop is asked for, or at once when it was; never rejects. */
  readonly requested: Promise<StopReason>
}

export function createStopSwitch(): StopSwitch {
  let reason: StopReason | null = null
  let resolve: (reason: StopReason) => void = () => {}
  const requested = new Promise<StopReason>((settle) => {
    resolve = settle
  })
  return {
    get reason() {
      return reason
    },
    requested,
    request(asked) {
      reason ??= asked
      resolve(reason)
    },
  }
}

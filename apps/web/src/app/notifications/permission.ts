import { useState } from 'react'
import { useStoredSwitch } from '../../ui/stored-setting.ts'

const SWITCH = 'optio-notifications'

export interface NotificationSwitch {
  readonly on: boolean
  /** What the browser says; `unsupported` where there are none, as without https on another machine. */
  readonly permission: NotificationPermission | 'unsupported'
  /** Asks for permission when it is needed; only to be called from a person's click. */
  readonly choose: (on: boolean) => Promise<void>
}

/** Whether the browser notifies: the person's choice, and what the browser allows. */
export function useNotificationSwitch(): NotificationSwitch {
  const [wanted, setWanted] = useStoredSwitch(SWITCH, false)
  const [permission, setPermission] = useState(readPermission)
  return {
    on: wanted && permission === 'granted',
    permission,
    choose: async (on) => {
      if (on && readPermission() === 'default') await Notification.requestPermission()
      setPermission(readPermission())
      setWanted(on && readPermission() === 'granted')
    },
  }
}

function readPermission(): NotificationPermission | 'unsupported' {
  return 'Notification' in window ? Notification.permission : 'unsupported'
}

import { isLongRunning } from '#apiserver/request/long-running.ts'
import { seated, type Turns } from './turns.ts'

/** How many requests are answered at once of those that look, and of those that change something; 0: as many as come. */
export interface InFlight {
  readonly reading: number
  readonly mutating: number
}

const reading = new Set(['get', 'list', 'watch'])

/**
 * What there is without priority and fairness: whoever comes when as many are served already is turned away, but system:masters
 * (upstream: filters/maxinflight.go).
 */
export function maxInFlight(limits: InFlight): Turns {
  const busy = { reading: 0, mutating: 0 }
  return async (asked, answer) => {
    const { attributes, user } = asked
    const sort = reading.has(attributes.verb) ? 'reading' : 'mutating'
    const limit = limits[sort]
    const mayPass = busy[sort] >= limit && user.groups.includes('system:masters')
    if (limit === 0 || mayPass || isLongRunning(attributes)) return answer(asked)
    const take = (): boolean => {
      if (busy[sort] >= limit) return false
      busy[sort]++
      return true
    }
    return seated({ take, leave: () => void busy[sort]-- }, asked, answer)
  }
}

import type { Admission } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { priority } from './priority.ts'
import { serviceAccount } from './service-account.ts'
import { type ServiceRanges, serviceAddresses } from './service-addresses.ts'
import { taintNodes } from './taint-nodes.ts'

/** What plugins may use. */
export interface PluginTools {
  readonly reader: Reader
  readonly clock: Clock
  readonly random: () => number
  readonly services: ServiceRanges
}

/** The admission plugins, one line each. */
export const plugins = ({ reader, clock, random, services }: PluginTools): readonly Admission[] => [
  namespaceLifecycle(reader),
  serviceAccount(reader, random),
  defaultTolerations,
  priority(reader),
  taintNodes,
  serviceAddresses(reader, services, { clock, random }),
]

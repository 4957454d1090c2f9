import type { Container, Pod, Service } from '#api/core/v1.ts'
import type { Cache } from '#cache/cache.ts'
import type { Client } from '#client/client.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Recorder } from '#reconcile/events.ts'
import type { Names } from './container/dns.ts'
import type { Sources } from './node/sources.ts'
import type { Probes } from './probes/probes.ts'
import type { ContainerRuntime } from './runtime.ts'

/** What all pods of a node have in common. */
export interface Ground {
  readonly nodeName: string
  readonly hostIps: readonly string[]
  readonly allocatable: Readonly<Record<string, string | number>>
  readonly names: Names
  /** The host's /etc/hosts. */
  readonly hostsOfHost: string
  /** Where pods' files lie, `DIR/pods/UID`; without it no files are written: for runtimes that have no containers to see them. */
  readonly dataDir?: string | undefined
  readonly runtime: ContainerRuntime
  readonly client: Client
  readonly sources: Sources
  readonly services: Cache<Service>
  readonly probes: Probes
  readonly events: Recorder
  readonly clock: Clock
  readonly log: Log
}

/** The part of a pod that a container's events are about. */
export function fieldPathOf({ spec }: Readonly<Pod>, { name }: Pick<Container, 'name'>): string {
  const is = (list: readonly { readonly name: string }[] | undefined): boolean => list?.some(each => each.name === name) ?? false
  if (is(spec?.initContainers)) return `spec.initContainers{${name}}`
  return is(spec?.ephemeralContainers) ? `spec.ephemeralContainers{${name}}` : `spec.containers{${name}}`
}

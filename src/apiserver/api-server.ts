import { randomUUID } from 'node:crypto'
import { type Kind, qualified } from '#api/kind.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import type { Schema } from '#machinery/schema.ts'
import type { Provider } from '#storage/encryption.ts'
import type { Hindered, Storage } from '#storage/storage.ts'
import { Chain } from './admission/chain.ts'
import { plugins } from './admission/plugins/index.ts'
import type { AdmissionSettings } from './admission/settings.ts'
import type { Auditor } from './audit/auditor.ts'
import { type AuthenticationSettings, authentication } from './authentication/authentication.ts'
import { trackSince } from './authentication/legacy-usage.ts'
import { authority, type Mode } from './authorization/authority.ts'
import { authorize } from './authorization/authorize.ts'
import { keepAdvertised } from './bootstrap/advertising.ts'
import { registerApiServices } from './bootstrap/api-services.ts'
import { bootstrap } from './bootstrap/bootstrap.ts'
import { takeAll } from './changes.ts'
import { doors, withDoors } from './doors.ts'
import type { Facts } from './facts.ts'
import { tellDangling } from './flow-control/dangling.ts'
import { FlowControl } from './flow-control/flow-control.ts'
import { type InFlight, maxInFlight } from './flow-control/max-in-flight.ts'
import { shaped } from './flow-control/shaped.ts'
import type { Turns } from './flow-control/turns.ts'
import { type KubeletAccess, Kubelets } from './kubelets.ts'
import { openApiPages } from './pages/openapi.ts'
import { type Check, discoveryPages, healthPages, openIdPages, rootPage, versionPage } from './pages/pages.ts'
import { snapshotPage } from './pages/snapshot-page.ts'
import type { Pipeline } from './pipeline.ts'
import { Deadlines } from './request/deadlines.ts'
import type { Resource } from './resource.ts'
import { accessReviews } from './reviews/access.ts'
import { bindings } from './reviews/bindings.ts'
import { componentStatuses } from './reviews/component-statuses.ts'
import { identityReviews } from './reviews/identity.ts'
import { allocatorsOf, firstIp, keepServices, type ServiceRanges } from './services/keeping.ts'
import { compaction } from './store/compaction.ts'
import { Dispatch } from './store/dispatch.ts'
import { expireEvents } from './store/event-expiry.ts'
import { Gate } from './store/gate.ts'
import { versionsOf } from './store/kind-versions.ts'
import { OtherVersion } from './store/other-version.ts'
import { Reader } from './store/reader.ts'
import { Registry } from './store/registry.ts'
import { StoredKind } from './store/store.ts'
import type { User } from './user.ts'
import type { Tools } from './verbs/verb.ts'
import { type Insider, insider } from './wire/inside.ts'
import { type Listening, listen } from './wire/server.ts'

export interface ApiServerOptions {
  readonly storage: Storage
  readonly resources: readonly Resource[]
  readonly facts: Facts
  readonly listening: Listening
  readonly services: ServiceRanges
  /** Default: upstream's plugins, as upstream has them. */
  readonly admission?: AdmissionSettings
  /** Default: Node and RBAC. */
  readonly authorization?: readonly Mode[]
  /** Those that are asked from now on, each time they change. */
  readonly authorizationChanges?: ((signal: AbortSignal) => AsyncIterable<readonly Mode[]>) | undefined
  /** How many requests are served at once: of all levels of priority together (600, as upstream); or, without priorities, of each sort. */
  readonly seats?: number | InFlight
  readonly limits?: RequestLimits
  /** Where it is reached from elsewhere; nowhere, if it is not. */
  readonly address: string | undefined
  readonly authentication: AuthenticationSettings
  /** Whose word is taken from now on, each time it changes. */
  readonly authenticationChanges?:
    | ((signal: AbortSignal) => AsyncIterable<Pick<AuthenticationSettings, 'jwt' | 'anonymous'>>)
    | undefined
  /** Writes down what is asked; left out: nobody does. */
  readonly auditor?: Auditor | undefined
  readonly kubelets: KubeletAccess
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** Whether other API servers may use the storage too. */
  readonly isShared?: boolean
  /** Who encrypts the objects of a kind. */
  readonly locks?: ((kind: Kind) => readonly Provider[] | undefined) | undefined
  /** How long old revisions can be read (five minutes). */
  readonly historyMs?: number | undefined
}

/** How much a request may take, where that is not as upstream has it. */
export interface RequestLimits {
  readonly requestTimeoutMs?: number
  /** A watch that says nothing of it lasts as long, to twice as long. */
  readonly shortestWatchMs?: number
  /** How many of those that come over HTTP/2 are asked to come again over another connection: from 0 (the default) to 1. */
  readonly goawayChance?: number
  /** How long the server goes on when it is told to stop: so long /readyz says so. */
  readonly shutdownDelayMs?: number
}

/** A running API server. */
export interface ApiServer {
  readonly port: number
  /** Resolves when the server has stopped, after the signal's abort; rejects if a part of it fell before. */
  readonly stopped: Promise<void>
  /** The way in for a part of this process, which is taken for that user. */
  insider(user: User): Insider
}

/** Starts the one door to the cluster: serves the resources from the storage until the signal aborts. Resolves when it is ready. */
export async function startApiServer(options: ApiServerOptions, signal: AbortSignal): Promise<ApiServer> {
  const { storage, clock, random, log, facts, seats = 600, limits = {} } = options
  const registry = new Registry()
  const reader = new Reader(registry)
  const fall = new AbortController()
  const running = AbortSignal.any([delayed(signal, limits.shutdownDelayMs ?? 0, clock), fall.signal])
  const kubelets = new Kubelets(reader, options.kubelets)
  const known = authentication(options.authentication, { reader, clock, log })
  const tokens = known.serviceAccounts
  const settings = options.admission ?? {}
  const authorized = authority({ ...options, reader }, options.authorization)
  const allocators = allocatorsOf({ ...options, reader }, running)
  const admission = new Chain(plugins({ ...options, reader, settings, authority: authorized, allocators }))
  const schema = (resource: Resource): Schema | undefined => facts.schema(resource.kind)
  const versions = versionsOf(options.resources, schema)
  const gate = new Gate({ admission, now: () => clock.now(), uid: randomUUID, schema, versions })

  const news = new Dispatch(storage)
  const following: Promise<unknown>[] = [compaction(options, running)]
  const follow = (part: Promise<void>): void => {
    part.catch(error => fall.abort(error))
    following.push(part)
  }
  follow(news.run(running))
  const joining: Promise<void>[] = []
  const all = doors({ reader, clock, random, kubelets, tokens })
  for (const resource of options.resources) {
    const { conversion } = resource
    if (conversion) registry.add(new OtherVersion(resource, conversion, reader.store(conversion.stored), gate))
    else {
      const store = new StoredKind(withDoors(resource, all), storage, gate, options.locks?.(resource.kind))
      registry.add(store)
      joining.push(
        news.join(
          store.follower(why => tellDamage(log, resource.kind, why)),
          running,
        ),
      )
    }
  }
  for (const each of joining) follow(each)
  await Promise.all(joining)
  running.throwIfAborted()
  authorized.follow()
  await bootstrap(reader)
  await trackSince(reader, clock.now())

  const tools: Tools = {
    clock,
    random,
    shortestWatchMs: limits.shortestWatchMs ?? 1_800_000,
    versions,
    authorize: (user, attributes) => authorize(authorized.authorize, user, attributes),
  }
  // What is answered and not stored: there is nothing of it to follow.
  const answered = [
    ...accessReviews(authorized),
    ...identityReviews(known.ofToken, tokens.audiences),
    bindings(reader, tools),
    componentStatuses(reader, clock, storageCheck(storage)),
  ]
  for (const resource of answered) registry.add(new StoredKind(resource, storage, gate))
  await registerApiServices(registry, reader)
  const services = await keepServices({ ...options, reader }, allocators, running)
  following.push(services.kept)
  tellDangling(reader, { clock, log }, running)

  const shaping = (total: number): Turns => {
    const flowControl = new FlowControl({ reader, clock, seats: total })
    following.push(flowControl.run(running))
    return shaped(flowControl)
  }
  const turns = typeof seats === 'number' ? shaping(seats) : maxInFlight(seats)
  const deadlines = new Deadlines(clock, limits.requestTimeoutMs)
  following.push(deadlines.run(running))

  const started = clock.now().toISOString()
  let address = ''
  const pipeline: Pipeline = {
    registry,
    authentication: known,
    auditor: options.auditor,
    turns,
    deadlines,
    authorize: authorized.authorize,
    admission,
    pages: [
      healthPages(checks(storage, signal)),
      versionPage({ buildDate: started }),
      discoveryPages(registry, facts, () => address),
      openApiPages(registry, facts, clock),
      openIdPages(tokens, () => address),
      rootPage(registry),
      snapshotPage(storage, clock),
    ],
    tools,
    facts,
    log,
  }
  const goaway = (): boolean => random() < (limits.goawayChance ?? 0)
  const { port, closed } = await listen(pipeline, { ...options.listening, goaway }, running)
  address = `${options.address ?? options.listening.host}:${port}`
  const { kept } = await keepAdvertised({ ...options, reader, port, serviceIp: firstIp(options.services) }, running)
  following.push(
    takeAll(options.authenticationChanges?.(running), known.take),
    takeAll(options.authorizationChanges?.(running), authorized.take),
  )
  following.push(kept, expireEvents({ reader, clock, log }, running))
  const stopped = Promise.all(following).then(
    async () => {
      await closed
      await options.auditor?.close()
      kubelets.close()
    },
    async (error: unknown) => {
      fall.abort()
      throw error
    },
  )
  return { port, stopped, insider: user => insider(pipeline, user, running) }
}

const tellDamage = (log: Log, kind: Kind, { message }: Hindered): void =>
  log.error(`${qualified(kind)} cannot be listed or watched: restore a snapshot, or give the key that they are locked with`, {
    error: message,
  })

const storageCheck = (storage: Storage): Check => ({
  name: 'etcd',
  async check() {
    await storage.newest()
  },
})

/** Aborts as long after the signal. */
function delayed(signal: AbortSignal, ms: number, clock: Clock): AbortSignal {
  if (ms === 0 || signal.aborted) return signal
  const late = new AbortController()
  signal.addEventListener('abort', () => void clock.sleep(ms, late.signal).then(() => late.abort()))
  return late.signal
}

const checks = (storage: Storage, stopping: AbortSignal): readonly Check[] => [
  { name: 'ping', check() {} },
  { name: 'log', check() {} },
  storageCheck(storage),
  { name: 'informer-sync', readyOnly: true, check() {} },
  { name: 'poststarthook/rbac/bootstrap-roles', check() {} },
  {
    name: 'shutdown',
    readyOnly: true,
    check() {
      if (stopping.aborted) throw new Error('process is shutting down')
    },
  },
]

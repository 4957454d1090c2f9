import { FlowSchema, PriorityLevelConfiguration } from '#api/flowcontrol/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import { allocate, type Bounds, boundsOf, type Part } from './concurrency.ts'
import { byPrecedence, type Flow, flowOf } from './flow.ts'
import { mandatoryFlowSchemas } from './flow-schemas.ts'
import { Level } from './level.ts'
import { mandatoryPriorityLevels } from './priority-levels.ts'

/** How often seats are lent anew (upstream: borrowingAdjustmentPeriod), in seconds. */
const adjustEvery = 10

interface Ground {
  readonly reader: Reader
  readonly clock: Clock
  /** How many requests are served at once. */
  readonly seats: number
}

interface Share {
  readonly level: Level
  readonly bounds: Bounds
  readonly isExempt: boolean
}

/** API priority and fairness: finds the flow of a request, and divides the seats among the levels (upstream: util/flowcontrol). */
export class FlowControl {
  readonly #ground: Ground
  readonly #levels = new Map<string, Level>()
  #shares: readonly Share[] = []
  #flows: readonly Flow[] = []
  #catchAll: Flow | undefined
  #isStale = true

  constructor(ground: Ground) {
    this.#ground = ground
  }

  /** Follows the objects that configure it, and lends seats, until the signal aborts. The caches must be filled. */
  async run(signal: AbortSignal): Promise<void> {
    const { reader, clock } = this.#ground
    const stops = [FlowSchema, PriorityLevelConfiguration].map(kind =>
      reader.store(kind).cache.subscribe(() => void (this.#isStale = true)),
    )
    for (let second = 1; !signal.aborted; second++) {
      await clock.sleep(1000, signal)
      for (const level of this.#levels.values()) level.expire()
      if (second % adjustEvery === 0) this.#adjust()
    }
    for (const stop of stops) stop()
  }

  /** The flow of a request: that of the first schema which matches, or catch-all. */
  flowOf(user: User, attributes: Attributes): Flow {
    if (this.#isStale) this.#configure()
    for (const flow of this.#flows) if (flow.matches(user, attributes)) return flow
    return this.#catchAll!
  }

  /** Takes the objects as they are now. A schema whose level is not there counts for nothing; what must be there is imagined if it is not. */
  #configure(): void {
    this.#isStale = false
    const { reader, clock, seats } = this.#ground
    const configurations = completed(reader.list(PriorityLevelConfiguration), mandatoryPriorityLevels)
    const bounds = boundsOf(configurations.map(partOf), seats)
    const wanted = new Map(configurations.map(each => [each.metadata.name!, each]))
    // Whoever still waits in a level that is gone is served by it all the same.
    for (const name of this.#levels.keys()) if (!wanted.has(name)) this.#levels.delete(name)
    this.#shares = configurations.map(({ metadata, spec }, at) => {
      const level = this.#levels.get(metadata.name!) ?? new Level(() => clock.now().getTime())
      this.#levels.set(metadata.name!, level)
      level.queuing = spec.limited?.limitResponse?.queuing as Level['queuing']
      return { level, bounds: bounds[at]!, isExempt: spec.type === 'Exempt' }
    })
    this.#adjust()
    const schemas = reader.list(FlowSchema).filter(({ spec }) => wanted.has(spec.priorityLevelConfiguration.name))
    const inOrder = completed(schemas, mandatoryFlowSchemas).sort(byPrecedence)
    this.#flows = inOrder.map(schema => {
      const { name } = schema.spec.priorityLevelConfiguration
      return flowOf(schema, wanted.get(name)!, this.#levels.get(name)!)
    })
    this.#catchAll = this.#flows[inOrder.findIndex(({ metadata }) => metadata.name === 'catch-all')]
  }

  #adjust(): void {
    const wishes = this.#shares.map(({ level, bounds, isExempt }) => ({ ...bounds, isExempt, ...level.report() }))
    const limits = allocate(wishes)
    this.#shares.forEach(({ level, isExempt }, at) => {
      level.limit = isExempt ? Number.POSITIVE_INFINITY : limits[at]!
    })
  }
}

interface Named {
  readonly metadata: { readonly name?: string }
}

/** What there is, and what must be there besides. */
function completed<T extends Named>(present: readonly T[], mandatory: readonly T[]): T[] {
  const names = new Set(present.map(({ metadata }) => metadata.name))
  return [...present, ...mandatory.filter(({ metadata }) => !names.has(metadata.name))]
}

function partOf({ spec: { limited, exempt } }: PriorityLevelConfiguration): Part {
  const { nominalConcurrencyShares: shares = limited ? 30 : 0, lendablePercent: lendable = 0 } = limited ?? exempt ?? {}
  return { shares, lendable, borrowable: limited?.borrowingLimitPercent }
}

import {
  type LimitedPriorityLevelConfiguration,
  type LimitResponse,
  PriorityLevelConfiguration,
  type QueuingConfiguration,
} from '#api/flowcontrol/v1.ts'
import type { Cause } from '#api/status.ts'
import { mandatoryPriorityLevels } from '#apiserver/flow-control/priority-levels.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateFlowConditions } from './conditions.ts'

const mostQueues = 10_000_000
/** How many bits of a hash a request is dealt its queues by. */
const hashBits = 60

export default resource(PriorityLevelConfiguration, {
  status: true,
  resets: { status: ['metadata'] },
  generation: true,
  columns: [
    name,
    text('Type', ({ spec }) => spec?.type ?? ''),
    text('NominalConcurrencyShares', ({ spec }) => spec?.limited?.nominalConcurrencyShares ?? '<none>'),
    text('Queues', level => queuingOf(level)?.queues ?? '<none>'),
    text('HandSize', level => queuingOf(level)?.handSize ?? '<none>'),
    text('QueueLengthLimit', level => queuingOf(level)?.queueLengthLimit ?? '<none>'),
    age,
  ],

  default(level) {
    const { exempt, limited } = (level.spec ??= { type: '' as 'Exempt' })
    if (exempt) {
      exempt.nominalConcurrencyShares ??= 0
      exempt.lendablePercent ??= 0
    }
    if (!limited) return
    limited.nominalConcurrencyShares ??= 30
    limited.lendablePercent ??= 0
    const { queuing } = limited.limitResponse ?? {}
    if (!queuing) return
    queuing.queues ||= 64
    queuing.handSize ||= 8
    queuing.queueLengthLimit ||= 50
  },

  prepare(level, before) {
    if (!before) level.status = {}
  },

  *validate({ metadata, spec, status }) {
    const { type = '', limited, exempt } = spec ?? {}
    if ((metadata.name === 'exempt') !== (type === 'Exempt'))
      yield invalidValue('spec.type', type, "type must be 'Exempt' if and only if name is 'exempt'")
    if (type === 'Exempt') {
      if (limited) yield forbidden('spec.limited', 'must be nil if the type is not Limited')
      if (exempt) {
        yield* nonNegativeShare(exempt.nominalConcurrencyShares, 'spec.exempt.nominalConcurrencyShares')
        yield* percent(exempt.lendablePercent, 'spec.exempt.lendablePercent')
      }
    } else if (type === 'Limited') {
      if (exempt) yield forbidden('spec.exempt', 'must be nil if the type is Limited')
      if (!limited) yield required('spec.limited', 'must not be empty when type is Limited')
      else yield* validateLimited(limited, 'spec.limited')
    } else yield notSupported('spec.type', type, ['Exempt', 'Limited'])
    const fixed = mandatoryPriorityLevels.find(each => each.metadata.name === metadata.name)
    // How much the exempt level lends is anybody's to say.
    if (fixed && type !== 'Exempt' && !equal(spec, fixed.spec))
      yield invalidValue('spec', spec, `spec of '${metadata.name}' must equal the fixed value`)
    yield* validateFlowConditions(status?.conditions, 'status.conditions')
  },

  validateStatus: ({ status }) => validateFlowConditions(status?.conditions, 'status.conditions'),
})

const queuingOf = ({ spec }: PriorityLevelConfiguration): QueuingConfiguration | undefined =>
  spec?.limited?.limitResponse?.queuing

function* validateLimited(limited: LimitedPriorityLevelConfiguration, path: string): Generator<Cause> {
  yield* nonNegativeShare(limited.nominalConcurrencyShares, `${path}.nominalConcurrencyShares`)
  yield* validateResponse(limited.limitResponse, `${path}.limitResponse`)
  yield* percent(limited.lendablePercent, `${path}.lendablePercent`)
  const { borrowingLimitPercent: borrowed } = limited
  if (borrowed !== undefined && borrowed < 0)
    yield invalidValue(`${path}.borrowingLimitPercent`, borrowed, 'if specified, must be a non-negative integer')
}

function* nonNegativeShare(shares: number | undefined, path: string): Generator<Cause> {
  if (shares !== undefined && shares < 0) yield invalidValue(path, shares, 'must be a non-negative integer')
}

function* percent(value: number | undefined, path: string): Generator<Cause> {
  if (value !== undefined && (value < 0 || value > 100)) yield invalidValue(path, value, 'must be between 0 and 100, inclusive')
}

function* validateResponse({ type, queuing }: Partial<LimitResponse> = {}, path: string): Generator<Cause> {
  if (type === 'Reject') {
    if (queuing) yield forbidden(`${path}.queuing`, 'must be nil if limited.limitResponse.type is not Limited')
  } else if (type === 'Queue') {
    if (queuing) yield* validateQueuing(queuing, `${path}.queuing`)
    else yield required(`${path}.queuing`, 'must not be empty if limited.limitResponse.type is Limited')
  } else yield notSupported(`${path}.type`, type ?? '', ['Queue', 'Reject'])
}

function* validateQueuing(
  { queues = 0, handSize = 0, queueLengthLimit = 0 }: QueuingConfiguration,
  path: string,
): Generator<Cause> {
  if (queueLengthLimit <= 0) yield invalidValue(`${path}.queueLengthLimit`, queueLengthLimit, 'must be positive')
  if (queues <= 0) yield invalidValue(`${path}.queues`, queues, 'must be positive')
  else if (queues > mostQueues) yield invalidValue(`${path}.queues`, queues, `must not be greater than ${mostQueues}`)
  const at = `${path}.handSize`
  if (handSize <= 0) yield invalidValue(at, handSize, 'must be positive')
  else if (handSize > queues) yield invalidValue(at, handSize, `should not be greater than queues (${queues})`)
  else if (entropy(queues, handSize) > hashBits)
    yield invalidValue(
      at,
      handSize,
      `required entropy bits of deckSize ${queues} and handSize ${handSize} should not be greater than ${hashBits}`,
    )
}

/** How many bits it takes to deal a hand of so many cards from a deck, at most (upstream: util/shufflesharding). */
const entropy = (deck: number, hand: number): number => Math.ceil(Math.log2(deck) * hand)

import { Lease } from '#api/coordination/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidValue } from '#machinery/causes.ts'
import { oneOfIfSet } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

export default resource(Lease, {
  createOnUpdate: true,
  conditionalUpdate: true,
  columns: [name, text('Holder', ({ spec }) => spec?.holderIdentity ?? ''), age],

  default(lease) {
    lease.spec ??= {}
  },

  *validate({ spec = {} }) {
    const { leaseDurationSeconds: duration, leaseTransitions: transitions, strategy, preferredHolder } = spec
    if (duration !== undefined && duration <= 0)
      yield invalidValue('spec.leaseDurationSeconds', duration, 'must be greater than 0')
    if (transitions !== undefined && transitions < 0) {
      yield invalidValue('spec.leaseTransitions', transitions, 'must be greater than or equal to 0')
    }
    yield* oneOfIfSet(strategy, 'spec.strategy', ['OldestEmulationVersion'])
    if (preferredHolder && !strategy) yield forbidden('spec.preferredHolder', 'may only be specified if `strategy` is defined')
  },
})

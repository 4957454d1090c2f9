import { ResourceClaim } from '#api/resource/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { immutable } from '#machinery/metadata.ts'
import { age, name, text } from '#resources/columns.ts'
import { validateClaimStatus } from './allocations.ts'
import { defaultDeviceClaim, validateDeviceClaim } from './device-claims.ts'

export default resource(ResourceClaim, {
  status: true,
  columns: [name, text('State', state), age],

  default(claim) {
    const spec = (claim.spec ??= {})
    defaultDeviceClaim(spec.devices)
  },

  prepare(claim, before) {
    if (!before) claim.status = {}
  },

  *validate({ spec = {} }, before) {
    if (before) yield* immutable(spec, before.spec ?? {}, 'spec')
    else yield* validateDeviceClaim(spec.devices, 'spec.devices')
  },

  validateStatus: validateClaimStatus,
})

function state({ metadata, status = {} }: ResourceClaim): string {
  const states = metadata.deletionTimestamp ? ['deleted'] : []
  if (status.allocation) states.push('allocated', ...(status.reservedFor?.length ? ['reserved'] : []))
  else if (!metadata.deletionTimestamp) states.push('pending')
  return states.join(',')
}

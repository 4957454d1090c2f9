import { IPAddress } from '#api/networking/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { required } from '#machinery/causes.ts'
import { canonicalIp } from '#machinery/ip.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { named, namedIfSet, pathSegment } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

/** An address that somebody, as a rule a Service, has: its name is the address, in the one way to write it. */
export default resource(IPAddress, {
  shortNames: ['ip'],
  validateName: canonicalIp,
  fields: {
    'spec.parentRef.group': ({ spec }) => spec?.parentRef?.group ?? '',
    'spec.parentRef.resource': ({ spec }) => spec?.parentRef?.resource ?? '',
    'spec.parentRef.namespace': ({ spec }) => spec?.parentRef?.namespace ?? '',
    'spec.parentRef.name': ({ spec }) => spec?.parentRef?.name ?? '',
  },
  columns: [
    name,
    text('ParentRef', ({ spec }) => {
      const { group, resource, namespace, name } = spec?.parentRef ?? {}
      const kind = group ? `${resource}.${group}` : resource
      return kind ? [kind, ...(namespace ? [namespace] : []), name].join('/') : '<none>'
    }),
    age,
  ],

  *validate({ spec }, before) {
    const parent = spec?.parentRef
    const path = 'spec.parentRef'
    if (before) yield* immutable(parent, before.spec?.parentRef, path)
    else if (!parent) yield required(path)
    else {
      yield* namedIfSet(parent.group, `${path}.group`, dns1123Subdomain)
      yield* named(parent.resource, `${path}.resource`, pathSegment)
      yield* named(parent.name, `${path}.name`, pathSegment)
      yield* namedIfSet(parent.namespace, `${path}.namespace`, pathSegment)
    }
  },
})

import type { ServiceAccountSubject, Subject } from '#api/flowcontrol/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, notSupported, required } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { named } from '#resources/checks.ts'

const members = { Group: 'group', ServiceAccount: 'serviceAccount', User: 'user' } as const

/** Checks who a flow schema is about: just the member that its kind names. */
export function* validateSubject(subject: Subject, path: string): Generator<Cause> {
  if (!Object.hasOwn(members, subject.kind ?? '')) {
    yield notSupported(`${path}.kind`, subject.kind ?? '', Object.keys(members))
    return
  }
  const mine = members[subject.kind as keyof typeof members]
  if (!subject[mine]) yield required(`${path}.${mine}`, `${mine} is required when subject kind is '${subject.kind}'`)
  else if (mine === 'serviceAccount') yield* validateServiceAccount(subject.serviceAccount!, `${path}.${mine}`)
  else if (!subject[mine].name) yield required(`${path}.${mine}.name`)
  // In the order in which upstream looks for what should not be there.
  for (const [kind, member] of [
    ['ServiceAccount', 'serviceAccount'],
    ['User', 'user'],
    ['Group', 'group'],
  ] as const)
    if (member !== mine && subject[member])
      yield forbidden(`${path}.${member}`, `${member} is forbidden when subject kind is not '${kind}'`)
}

function* validateServiceAccount({ name, namespace }: ServiceAccountSubject, path: string): Generator<Cause> {
  if (name !== '*') yield* named(name, `${path}.name`, dns1123Subdomain)
  if (namespace) yield* named(namespace, `${path}.namespace`, dns1123Label)
  else yield required(`${path}.namespace`, 'must specify namespace for service account')
}

import type { OwnerReference } from '#api/meta/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { equal } from '#machinery/equality.ts'

/** When doubles were found: in what a client sent, or in what admission made of it. */
type When = 'as sent' | 'after admission'

const happens: Readonly<Record<When, string>> = { 'as sent': '', 'after admission': ' after mutating admission happens' }

/** Drops, in place, owners that are named twice in the same words, and warns of it (upstream: endpoints/handlers/create.go). */
export function dropDoubleOwners({ metadata }: KubeObject, when: When, warn: (message: string) => void): void {
  const owners = metadata.ownerReferences ?? []
  if (owners.length < 2) return
  const kept: OwnerReference[] = []
  const doubles: string[] = []
  for (const owner of owners) {
    if (kept.some(other => other.uid === owner.uid && equal(other, owner))) doubles.push(owner.uid)
    else kept.push(owner)
  }
  if (doubles.length === 0) return
  metadata.ownerReferences = kept
  warn(
    `.metadata.ownerReferences contains duplicate entries${happens[when]}; API server dedups owner references in 1.20+, and may reject such requests as early as 1.24; please fix your requests; duplicate UID(s) observed: ${doubles.join(', ')}`,
  )
}

import type { Kind } from '#api/kind.ts'
import { type KubeObject, keyOf } from '#api/object.ts'
import { notFound } from '#api/status.ts'
import type { Attempt } from '#apiserver/store/gate.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { clone } from '#machinery/clone.ts'

/** A write of the API server's own. */
export const ownAttempt: Attempt = {
  user: { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  subresource: '',
  dryRun: false,
  manager: 'kube-apiserver',
  warn() {},
}

/** Makes an object unless there is one of the name. */
export async function ensure(reader: Reader, kind: Kind, object: KubeObject): Promise<void> {
  if (await reader.live(kind, keyOf(object))) return
  await put(reader, kind, object)
}

/** Makes an object, or of the one that is there what `mend` makes of it; nothing: it stays as it is. */
export async function reconcile<T extends KubeObject>(
  reader: Reader,
  kind: Kind<T>,
  wanted: T,
  mend: (current: Readonly<T>, wanted: Readonly<T>) => T | undefined,
): Promise<void> {
  const found = reader.get(kind, keyOf(wanted))
  if (found && !mend(found, wanted)) return
  await reader.store(kind).change(keyOf(wanted), ownAttempt, current => {
    if (!current) return clone(wanted)
    return mend(current as T, wanted) ?? clone(current)
  })
}

/** Makes an object what it is to be, whatever it is now; of its metadata, what is said. */
export async function put(reader: Reader, kind: Kind, object: KubeObject): Promise<void> {
  await reader.store(kind).change(keyOf(object), ownAttempt, current => {
    const wanted = clone(object)
    return current ? { ...wanted, metadata: { ...clone(current.metadata), ...wanted.metadata } } : wanted
  })
}

/** Writes the status of an object through its door. Throws NotFound where the object is gone. */
export async function putStatus(reader: Reader, kind: Kind, object: KubeObject, status: object): Promise<void> {
  await reader.store(kind).change(keyOf(object), { ...ownAttempt, subresource: 'status' }, current => {
    if (!current) throw notFound(kind, object.metadata.name ?? '')
    return { ...clone(current), status } as KubeObject
  })
}

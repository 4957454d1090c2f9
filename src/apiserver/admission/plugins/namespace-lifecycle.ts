import { Namespace } from '#api/core/v1.ts'
import { qualified } from '#api/kind.ts'
import { notFound, StatusError } from '#api/status.ts'
import { type Admission, refused } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/store/reader.ts'

const immortal: readonly string[] = ['default', 'kube-system', 'kube-public']

/** Nothing is made in a namespace that is not there or is going away; some namespaces never go (upstream: NamespaceLifecycle). */
export const namespaceLifecycle = (reader: Reader): Admission => ({
  name: 'NamespaceLifecycle',
  concerns: ({ operation, resource: { kind }, subresource }) =>
    operation === 'DELETE'
      ? qualified(kind) === qualified(Namespace)
      : operation === 'CREATE' && kind.scope === 'Namespaced' && !subresource,

  // Before every completion, so that a namespace that is not there is what the client hears of.
  async default(review) {
    const { operation, key, resource } = review
    if (operation === 'DELETE') {
      if (immortal.includes(key.name)) throw refused(review, 'this namespace may not be deleted')
      return
    }
    const where = { namespace: '', name: key.namespace }
    // A namespace that the cache does not show may have been made a moment ago.
    const namespace = reader.get(Namespace, where) ?? (await reader.live(Namespace, where))
    if (!namespace) throw notFound(Namespace, key.namespace)
    if (namespace.status?.phase !== 'Terminating' && !namespace.metadata.deletionTimestamp) return
    const { message, details } = refused(
      review,
      `unable to create new content in namespace ${key.namespace} because it is being terminated`,
    )
    const cause = { reason: 'NamespaceTerminating', field: 'metadata.namespace' } as const
    throw new StatusError('Forbidden', message, {
      ...details,
      kind: resource.kind.plural,
      causes: [{ ...cause, message: `namespace ${key.namespace} is being terminated` }],
    })
  },
})

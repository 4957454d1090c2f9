import { Namespace } from '#api/core/v1.ts'
import { notFound, StatusError } from '#api/status.ts'
import type { Admission } from '#apiserver/admission/admission.ts'
import type { Reader } from '#apiserver/reader.ts'

const immortal: readonly string[] = ['default', 'kube-system', 'kube-public']

/** Nothing is made in a namespace that is not there or is going away; some namespaces never go (upstream: NamespaceLifecycle). */
export const namespaceLifecycle = (reader: Reader): Admission => ({
  name: 'NamespaceLifecycle',

  // Before every completion, so that a namespace that is not there is what the client hears of.
  async default({ operation, resource: { kind }, key, subresource }) {
    if (operation === 'DELETE' && kind.kind === Namespace.kind && kind.group === '' && immortal.includes(key.name))
      throw new StatusError('Forbidden', `namespaces "${key.name}" is forbidden: this namespace may not be deleted`, {
        name: key.name,
        kind: 'namespaces',
      })
    if (operation !== 'CREATE' || !key.namespace || subresource) return
    const where = { namespace: '', name: key.namespace }
    // A namespace that the cache does not show may have been made a moment ago.
    const namespace = reader.get(Namespace, where) ?? (await reader.live(Namespace, where))
    if (!namespace) throw notFound(Namespace, key.namespace)
    if (namespace.status?.phase !== 'Terminating' && !namespace.metadata.deletionTimestamp) return
    const message = `unable to create new content in namespace ${key.namespace} because it is being terminated`
    const name = kind.group ? `${kind.plural}.${kind.group}` : kind.plural
    throw new StatusError('Forbidden', `${name} "${key.name}" is forbidden: ${message}`, {
      name: key.name,
      ...(kind.group && { group: kind.group }),
      kind: kind.plural,
      causes: [
        {
          reason: 'NamespaceTerminating',
          message: `namespace ${key.namespace} is being terminated`,
          field: 'metadata.namespace',
        },
      ],
    })
  },
})

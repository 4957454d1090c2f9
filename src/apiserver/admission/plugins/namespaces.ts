import { Namespace } from '#api/core/v1.ts'
import { isReason, notFound } from '#api/status.ts'
import type { Admission, Place } from '#apiserver/admission/admission.ts'
import { ensure } from '#apiserver/bootstrap/ensure.ts'
import type { Reader } from '#apiserver/store/reader.ts'

const inNamespaces = ({ resource: { kind }, operation }: Place): boolean => kind.scope === 'Namespaced' && operation === 'CREATE'

/** Makes the namespace in which something is to be made, if it is not there (upstream: NamespaceAutoProvision). */
export const namespaceAutoProvision = (reader: Reader): Admission => ({
  name: 'NamespaceAutoProvision',
  concerns: place => inNamespaces(place) && !place.subresource,

  async default({ key: { namespace: name }, dryRun }) {
    if (dryRun || reader.get(Namespace, { namespace: '', name })) return
    try {
      await ensure(reader, Namespace, { kind: 'Namespace', apiVersion: 'v1', metadata: { name } })
    } catch (error) {
      // Somebody else was faster.
      if (!isReason(error, 'AlreadyExists')) throw error
    }
  },
})

/** Nothing is written in a namespace that is not there (upstream: NamespaceExists). */
export const namespaceExists = (reader: Reader): Admission => ({
  name: 'NamespaceExists',
  concerns: ({ resource: { kind }, operation }) => kind.scope === 'Namespaced' && operation !== 'CONNECT',

  async validate({ key }) {
    const where = { namespace: '', name: key.namespace }
    if (!reader.get(Namespace, where) && !(await reader.live(Namespace, where))) throw notFound(Namespace, key.namespace)
  },
})

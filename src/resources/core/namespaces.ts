import { Namespace } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource, type Subresource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue } from '#machinery/causes.ts'
import { dns1123Label, knownFinalizer, qualifiedName } from '#machinery/names.ts'
import { age, name, text } from '#resources/columns.ts'

const nameLabel = 'kubernetes.io/metadata.name'

/** The door through which whoever has emptied a namespace lets go of it. */
const finalize: Subresource<Namespace> = {
  verbs: ['update'],
  put: (current, body) => ({ ...current, metadata: body.metadata, spec: (body as Namespace).spec ?? {} }),
  *validate({ spec }) {
    for (const [index, finalizer] of (spec?.finalizers ?? []).entries())
      yield* validateFinalizer(finalizer, `spec.finalizers[${index}]`)
  },
}

export default resource(Namespace, {
  shortNames: ['ns'],
  verbs: ['create', 'delete', 'get', 'list', 'patch', 'update', 'watch'],
  status: true,
  resets: { '': ['spec.finalizers'], finalize: ['status'] },
  returnsDeleted: true,
  validateName: dns1123Label,
  fields: { 'status.phase': ({ status }) => status?.phase ?? '', name: ({ metadata }) => metadata.name ?? '' },
  subresources: { finalize },
  columns: [name, text('Status', ({ status }) => status?.phase ?? ''), age],

  default(namespace) {
    if (namespace.metadata.name)
      namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: namespace.metadata.name }
    namespace.spec ??= {}
  },

  prepare(namespace, before) {
    if (namespace.metadata.name)
      namespace.metadata.labels = { ...namespace.metadata.labels, [nameLabel]: namespace.metadata.name }
    const spec = (namespace.spec ??= {})
    if (before) {
      // Finalizers have a door of their own.
      if (before.spec?.finalizers) spec.finalizers = before.spec.finalizers
      else delete spec.finalizers
      return
    }
    namespace.status = { phase: 'Active' }
    const finalizers = spec.finalizers ?? []
    spec.finalizers = finalizers.includes('kubernetes') ? finalizers : [...finalizers, 'kubernetes']
  },

  *validate({ spec }, before) {
    if (before) return
    for (const finalizer of spec?.finalizers ?? []) yield* validateFinalizer(finalizer, 'spec.finalizers')
  },

  *validateStatus({ metadata, status }) {
    const phase = status?.phase ?? ''
    if (metadata.deletionTimestamp) {
      if (phase !== 'Terminating') {
        yield invalidValue('status.Phase', phase, "may only be 'Terminating' if `deletionTimestamp` is not empty")
      }
    } else if (phase !== 'Active')
      yield invalidValue('status.Phase', phase, "may only be 'Active' if `deletionTimestamp` is empty")
  },

  held: ({ spec }) => (spec?.finalizers ?? []).length > 0,

  terminating(namespace) {
    namespace.status = { ...namespace.status, phase: 'Terminating' }
  },
})

function* validateFinalizer(finalizer: string, path: string): Generator<Cause> {
  yield* invalidEach(path, finalizer, [...qualifiedName(finalizer), ...knownFinalizer(finalizer)])
}

import { ControllerRevision } from '#api/apps/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { required } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { nonNegative } from '#resources/checks.ts'
import { age, integer, name, text } from '#resources/columns.ts'

export default resource(ControllerRevision, {
  columns: [
    name,
    text('Controller', ({ metadata }) => {
      const owner = metadata.ownerReferences?.find(reference => reference.controller)
      if (!owner) return '<none>'
      const group = owner.apiVersion.includes('/') ? `.${owner.apiVersion.split('/')[0]}` : ''
      return `${owner.kind.toLowerCase()}${group}/${owner.name}`
    }),
    { ...integer('Revision', ({ revision }) => revision), type: 'string' },
    age,
  ],

  *validate({ revision, data }, before) {
    if (data === undefined) yield required('data', 'data is mandatory')
    yield* nonNegative(revision, 'revision')
    if (before) yield* immutable(data, before.data, 'data')
  },
})

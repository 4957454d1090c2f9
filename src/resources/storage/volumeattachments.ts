import { VolumeAttachment } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidEach, required } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { age, boolean, name, text } from '#resources/columns.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'

export default resource(VolumeAttachment, {
  status: true,
  resets: { status: ['metadata'] },
  returnsDeleted: true,
  conditionalUpdate: true,
  columns: [
    name,
    { ...text('Attacher', ({ spec }) => spec.attacher), format: 'name' },
    text('PV', ({ spec }) => spec.source?.persistentVolumeName ?? ''),
    text('Node', ({ spec }) => spec.nodeName),
    boolean('Attached', ({ status }) => status?.attached),
    age,
  ],

  default(attachment) {
    attachment.spec ??= { attacher: '', nodeName: '', source: {} }
    attachment.spec.source ??= {}
  },

  prepare(attachment, before) {
    if (!before) attachment.status = { attached: false }
  },

  *validate({ spec }, before) {
    yield* validateDriverName(spec.attacher, 'spec.attacher')
    const { inlineVolumeSpec: inline, persistentVolumeName: volume } = spec.source
    const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
    if (!inline && volume === undefined) yield required('spec.source', detail)
    else if (inline && volume !== undefined) yield forbidden('spec.source', detail)
    else if (volume === '') yield required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')
    yield* invalidEach('spec.nodeName', spec.nodeName ?? '', dns1123Subdomain(spec.nodeName ?? ''))
    if (before) yield* immutable(spec, before.spec, 'spec')
  },
})

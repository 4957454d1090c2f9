import { VolumeAttachment } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { age, boolean, name, text } from '#resources/columns.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'
import { validateInlineVolumeSpec } from '#resources/core/volume/persistent-spec.ts'

const most = { metadataBytes: 256 * 1024, messageBytes: 1024 }

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
    if (!before) yield* validateDriverName(spec.attacher, 'spec.attacher')
    else if (!spec.attacher) yield required('spec.attacher')
    const { inlineVolumeSpec: inline, persistentVolumeName: volume } = spec.source
    const detail = 'must specify exactly one of inlineVolumeSpec and persistentVolumeName'
    if (!inline && volume === undefined) yield required('spec.source', detail)
    else if (inline && volume !== undefined) yield forbidden('spec.source', detail)
    else if (volume === '') yield required('spec.source.persistentVolumeName', 'must specify non empty persistentVolumeName')
    else if (inline) yield* validateInlineVolumeSpec(inline, '', 'spec.source.inlineVolumeSpec')
    if (!before && volume) yield* invalidEach('spec.source.persistentVolumeName', volume, dns1123Subdomain(volume))
    yield* invalidEach('spec.nodeName', spec.nodeName ?? '', dns1123Subdomain(spec.nodeName ?? ''))
    if (before) yield* immutable(spec, before.spec, 'spec')
  },

  *validateStatus({ status }) {
    const bytes = Object.entries(status?.attachmentMetadata ?? {})
      .flat()
      .reduce((sum, part) => sum + Buffer.byteLength(part), 0)
    if (bytes > most.metadataBytes) yield tooLong('status.attachmentMetadata', most.metadataBytes)
    for (const field of ['attachError', 'detachError'] as const) {
      const { message = '', errorCode = 0 } = status?.[field] ?? {}
      // Upstream names the other limit here.
      if (Buffer.byteLength(message) > most.messageBytes) yield tooLong(`status.${field}.message`, most.metadataBytes)
      if (errorCode < 0) yield invalidValue(`status.${field}.errorCode`, errorCode, 'must be between 0 and 2147483647, inclusive')
    }
  },
})

import type { Cause } from '#api/status.ts'
import { VolumeAttributesClass } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { qualifiedName } from '#machinery/names.ts'
import { age, name, text } from '#resources/columns.ts'

const mostParameters = 512
const mostBytes = 256 * 1024

export default resource(VolumeAttributesClass, {
  shortNames: ['vac'],
  columns: [
    {
      ...name,
      value: ({ metadata }) =>
        metadata.annotations?.['volumeattributesclass.alpha.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name} (default)`
          : metadata.name,
    },
    text('DriverName', ({ driverName }) => driverName ?? ''),
    age,
  ],

  *validate({ driverName = '', parameters = {} }, before) {
    if (before) {
      if (driverName !== (before.driverName ?? '')) yield forbidden('driverName', 'updates to driverName are forbidden.')
      if (!equal(parameters, before.parameters ?? {})) yield forbidden('parameters', 'updates to parameters are forbidden.')
      return
    }
    if (!driverName) yield required('driverName', driverName)
    else yield* invalidEach('driverName', driverName, qualifiedName(driverName.toLowerCase()))
    yield* validateParameters(parameters, 'parameters')
  },
})

/** Unlike those of a StorageClass there must be some. */
function* validateParameters(parameters: Readonly<Record<string, string>>, path: string): Generator<Cause> {
  const entries = Object.entries(parameters)
  if (entries.length > mostParameters) {
    yield tooLong(path, mostParameters)
    return
  }
  for (const [key] of entries) if (!key) yield invalidValue(path, key, 'field can not be empty.')
  const bytes = entries.reduce((sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value), 0)
  if (bytes > mostBytes) yield tooLong(path, mostBytes)
  if (entries.length === 0) yield required(path, 'must contain at least one key/value pair')
}

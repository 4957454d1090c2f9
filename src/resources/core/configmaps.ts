import { ConfigMap } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, tooLong } from '#machinery/causes.ts'
import { configMapKey } from '#machinery/names.ts'
import { age, name, text } from '#resources/columns.ts'
import { dataBytes, maxDataBytes, validateFrozen } from './data.ts'

export default resource(ConfigMap, {
  shortNames: ['cm'],
  columns: [
    name,
    text('Data', ({ data, binaryData }) => Object.keys(data ?? {}).length + Object.keys(binaryData ?? {}).length),
    age,
  ],

  *validate(map, before) {
    const { data = {}, binaryData = {} } = map
    if (before) yield* validateFrozen(map, before, ['data', 'binaryData'])
    for (const key of Object.keys(data)) {
      yield* invalidEach(`data[${key}]`, key, configMapKey(key))
      if (Object.hasOwn(binaryData, key)) yield invalidValue(`data[${key}]`, key, 'duplicate of key present in binaryData')
    }
    for (const key of Object.keys(binaryData)) yield* invalidEach(`binaryData[${key}]`, key, configMapKey(key))
    const bytes = Object.values(data).reduce((sum, value) => sum + Buffer.byteLength(value), dataBytes(binaryData))
    // Upstream says it of the map as a whole, which it writes as an empty path.
    if (bytes > maxDataBytes) yield tooLong('[]', maxDataBytes)
  },
})

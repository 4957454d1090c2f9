import { CSINode } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, invalidEach, invalidValue, required } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { qualifiedName } from '#machinery/names.ts'
import { each, nonNegatives } from '#resources/checks.ts'
import { age, integer, name } from '#resources/columns.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'

type Driver = CSINode['spec']['drivers'][number]

const longestId = 192

export default resource(CSINode, {
  returnsDeleted: true,
  conditionalUpdate: true,
  columns: [name, integer('Drivers', ({ spec }) => spec.drivers?.length), age],

  default(node) {
    node.spec ??= { drivers: [] }
    node.spec.drivers ??= []
  },

  *validate({ spec }, before) {
    const seen = new Set<string>()
    yield* each(spec.drivers, 'spec.drivers', function* ({ name, nodeID = '', allocatable, topologyKeys = [] }, at) {
      yield* validateDriverName(name, `${at}.name`)
      if (!nodeID) yield required(`${at}.nodeID`)
      if (Buffer.byteLength(nodeID) > longestId)
        yield invalidValue(`${at}.nodeID`, nodeID, `must be ${longestId} characters or less`)
      yield* nonNegatives(allocatable ?? {}, `${at}.allocatable`, ['count'])
      if (seen.has(name)) yield duplicate(`${at}.name`, name)
      seen.add(name)
      for (const [index, key] of topologyKeys.entries()) {
        if (!key) yield required(at)
        if (topologyKeys.indexOf(key) < index) yield duplicate(at, key)
        yield* invalidEach(at, key, qualifiedName(key))
      }
    })
    for (const old of before?.spec.drivers ?? []) {
      const driver = spec.drivers.find(({ name }) => name === old.name)
      if (driver) yield* immutable(essence(driver), essence(old), 'spec.drivers')
    }
  },
})

const essence = ({ allocatable, ...rest }: Driver) => rest

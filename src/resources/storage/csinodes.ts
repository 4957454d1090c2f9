import { CSINode } from '#api/storage/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { duplicate, required } from '#machinery/causes.ts'
import { immutable } from '#machinery/metadata.ts'
import { each } from '#resources/checks.ts'
import { age, integer, name } from '#resources/columns.ts'
import { validateDriverName } from '#resources/core/pod-spec/volumes.ts'

type Driver = CSINode['spec']['drivers'][number]

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
    yield* each(spec.drivers, 'spec.drivers', function* ({ name, nodeID }, at) {
      yield* validateDriverName(name, `${at}.name`)
      if (!nodeID) yield required(`${at}.nodeID`)
      if (seen.has(name)) yield duplicate(`${at}.name`, name)
      seen.add(name)
    })
    for (const old of before?.spec.drivers ?? []) {
      const driver = spec.drivers.find(({ name }) => name === old.name)
      if (driver) yield* immutable(essence(driver), essence(old), 'spec.drivers')
    }
  },
})

const essence = ({ allocatable, ...rest }: Driver) => rest

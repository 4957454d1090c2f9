import { ServiceAccount } from '#api/core/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { age, name } from '#resources/columns.ts'

export default resource(ServiceAccount, {
  shortNames: ['sa'],
  returnsDeleted: true,
  columns: [name, age],
})

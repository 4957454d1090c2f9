import { DeviceClass } from '#api/resource/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidValue } from '#machinery/causes.ts'
import { qualifiedName } from '#machinery/names.ts'
import { age, name } from '#resources/columns.ts'
import { atMost } from './lists.ts'
import { validateDeviceConfiguration, validateDeviceSelectors } from './selectors.ts'

const mostConfigurations = 32

export default resource(DeviceClass, {
  generation: true,
  columns: [name, age],

  default(deviceClass) {
    deviceClass.spec ??= {}
  },

  *validate({ spec = {} }) {
    const { selectors, config, extendedResourceName: extended } = spec
    yield* validateDeviceSelectors(selectors, 'spec.selectors')
    yield* atMost(mostConfigurations, config, 'spec.config', validateDeviceConfiguration)
    if (extended !== undefined && !isExtended(extended))
      yield invalidValue('spec.extendedResourceName', extended, 'must be a valid extended resource name')
  },
})

/** Whether a resource is none of Kubernetes' own, and can be the name of a quota (upstream: IsExtendedResourceName). */
const isExtended = (name: string): boolean =>
  name.includes('/') &&
  !name.includes('kubernetes.io/') &&
  !name.startsWith('requests.') &&
  qualifiedName(`requests.${name}`).length === 0

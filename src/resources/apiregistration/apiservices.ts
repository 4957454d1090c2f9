import { APIService, type APIServiceCondition } from '#api/apiregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { resource } from '#apiserver/resource.ts'
import { invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { dns1035Label, dns1123Subdomain, portNumber } from '#machinery/names.ts'
import { timestamp } from '#machinery/time.ts'
import { each, pathSegment } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

/** Who serves a group version: this server (upstream calls it local), or one behind a Service. */
export default resource(APIService, {
  categories: ['api-extensions'],
  status: true,
  resets: { status: ['metadata'] },
  conditionalUpdate: true,
  validateName: pathSegment,
  columns: [
    name,
    text('Service', ({ spec }) => (spec?.service ? `${spec.service.namespace}/${spec.service.name}` : 'Local')),
    text('Available', ({ status }) => {
      const available = status?.conditions?.find(({ type }) => type === 'Available')
      if (!available) return 'Unknown'
      return available.status === 'True' || !available.reason ? available.status : `${available.status} (${available.reason})`
    }),
    age,
  ],

  default({ spec }) {
    if (spec?.service) spec.service.port ??= 443
  },

  prepare(service, before, { now }) {
    if (!before) service.status = service.spec?.service ? {} : { conditions: [localAvailable(now)] }
  },

  *validate({ metadata, spec }) {
    const { group = '', version = '', groupPriorityMinimum = 0, versionPriority = 0, service, caBundle = '' } = spec ?? {}
    const wanted = `${version}.${group}`
    if (metadata.name !== wanted)
      yield invalidValue(
        'metadata.name',
        metadata.name ?? '',
        `must be \`spec.version+"."+spec.group\`: ${JSON.stringify(wanted)}`,
      )
    if (!group && version !== 'v1') yield required('spec.group', 'only v1 may have an empty group and it better be legacy kube')
    if (group) yield* invalidEach('spec.group', group, dns1123Subdomain(group))
    yield* invalidEach('spec.version', version, dns1035Label(version))
    if (groupPriorityMinimum <= 0 || groupPriorityMinimum > 20000)
      yield invalidValue('spec.groupPriorityMinimum', groupPriorityMinimum, 'must be positive and less than 20000')
    if (versionPriority <= 0 || versionPriority > 1000)
      yield invalidValue('spec.versionPriority', versionPriority, 'must be positive and less than 1000')
    const insecure = spec?.insecureSkipTLSVerify ?? false
    const bytes = Buffer.from(caBundle, 'base64').length
    if (!service) {
      if (bytes > 0) yield invalidValue('spec.caBundle', `${bytes} bytes`, 'local APIServices may not have a caBundle')
      if (insecure)
        yield invalidValue('spec.insecureSkipTLSVerify', insecure, 'local APIServices may not have insecureSkipTLSVerify')
      return
    }
    if (!service.namespace) yield required('spec.service.namespace')
    if (!service.name) yield required('spec.service.name')
    const problems = portNumber(service.port ?? 0)
    if (problems.length > 0)
      yield invalidValue('spec.service.port', service.port ?? 0, `port is not valid: ${problems.join(', ')}`)
    if (insecure && bytes > 0)
      yield invalidValue('spec.insecureSkipTLSVerify', insecure, 'may not be true if caBundle is present')
  },

  validateStatus: ({ status }) => each(status?.conditions, 'status.conditions', validateCondition),
})

/** The condition of an APIService that this server serves itself: it is there as long as the server is. */
const localAvailable = (now: Date): APIServiceCondition => ({
  type: 'Available',
  status: 'True',
  lastTransitionTime: timestamp(now),
  reason: 'Local',
  message: 'Local APIServices are always available',
})

function* validateCondition({ status }: APIServiceCondition, path: string): Generator<Cause> {
  const possible = ['True', 'False', 'Unknown']
  if (!possible.includes(status)) yield notSupported(`${path}.status`, status ?? '', possible)
}

import type {
  CustomResourceConversion,
  CustomResourceDefinitionSpec,
  CustomResourceDefinitionVersion,
} from '#api/apiextensions/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidValue, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { dns1035Label, dns1123Subdomain } from '#machinery/names.ts'
import { each, oneOf } from '#resources/checks.ts'
import { validateWebhookService, validateWebhookUrl } from '#resources/webhook-clients.ts'
import { validateNames } from './names.ts'
import { subschemas } from './schemas.ts'
import { validateSchema } from './validation.ts'
import { validateColumns, validateDeprecation, validateSelectable, validateSubresources } from './versions.ts'

const path = 'spec'

/** Checks what a definition says of its kind (upstream: pkg/apis/apiextensions/validation; paths are those of its internal type). */
export function* validateSpec(spec: CustomResourceDefinitionSpec): Generator<Cause> {
  const { group, names = { plural: '', kind: '' }, scope, versions = [], preserveUnknownFields } = spec
  const problems = dns1123Subdomain(group ?? '')
  if (!group) yield required(`${path}.group`)
  else if (problems.length > 0) yield invalidValue(`${path}.group`, group, problems.join(','))
  else if (!group.includes('.')) yield invalidValue(`${path}.group`, group, 'should be a domain with at least one dot')
  yield* oneOf(scope, `${path}.scope`, ['Cluster', 'Namespaced'])
  yield* each(versions, `${path}.versions`, function* ({ schema }, at) {
    if (!schema?.openAPIV3Schema) yield required(`${at}.schema.openAPIV3Schema`)
  })
  const defaults = versions.some(({ schema }) =>
    [...subschemas(schema?.openAPIV3Schema)].some(each => each.default !== undefined),
  )
  if (defaults && preserveUnknownFields)
    yield invalidValue(`${path}.preserveUnknownFields`, true, 'must be false in order to use defaults in the schema')
  yield* validateVersions(versions)
  for (const name of ['plural', 'singular', 'kind', 'listKind'] as const)
    if (!names[name]) yield required(`${path}.names.${name}`)
  yield* validateNames(names, `${path}.names`)
  yield* validateShared(versions)
  if (spec.conversion && spec.conversion.strategy !== 'None' && preserveUnknownFields)
    yield invalidValue(
      `${path}.conversion.strategy`,
      spec.conversion.strategy,
      'must be None if spec.preserveUnknownFields is true',
    )
  yield* validateConversion(spec.conversion, `${path}.conversion`)
}

type Version = CustomResourceDefinitionVersion

/** Upstream moves what all versions have in common out of them, so that its errors name another place. */
const isShared = (versions: readonly Version[], member: keyof Version): boolean =>
  versions[0]?.[member] !== undefined && versions.every(version => equal(version[member], versions[0]![member]))

function* validateVersions(versions: readonly Version[]): Generator<Cause> {
  const own = (member: keyof Version): boolean => !isShared(versions, member)
  yield* each(versions, `${path}.versions`, function* (version, at) {
    const problems = dns1035Label(version.name ?? '')
    if (problems.length > 0) yield invalidValue(`${at}.name`, version.name ?? '', problems.join(','))
    yield* validateDeprecation(version, at)
    if (own('schema')) yield* validateSchema(version.schema, version.subresources?.status !== undefined, `${at}.schema`)
    if (own('subresources')) yield* validateSubresources(version.subresources, `${at}.subresources`)
    if (own('additionalPrinterColumns'))
      yield* validateColumns(version.additionalPrinterColumns, `${at}.additionalPrinterColumns`)
    if (own('selectableFields')) yield* validateSelectable(version, `${at}.selectableFields`)
  })
  if (new Set(versions.map(({ name }) => name)).size < versions.length)
    yield invalidValue(`${path}.versions`, versions, 'must contain unique version names')
  if (versions.filter(({ storage }) => storage).length !== 1)
    yield invalidValue(`${path}.versions`, versions, 'must have exactly one version marked as storage version')
}

function* validateShared(versions: readonly Version[]): Generator<Cause> {
  const [first] = versions
  if (!first) return
  const status = versions.some(({ subresources }) => subresources?.status !== undefined)
  if (isShared(versions, 'schema')) yield* validateSchema(first.schema, status, `${path}.validation`)
  if (isShared(versions, 'subresources')) yield* validateSubresources(first.subresources, `${path}.subresources`)
  if (isShared(versions, 'additionalPrinterColumns'))
    yield* validateColumns(first.additionalPrinterColumns, `${path}.additionalPrinterColumns`)
  if (isShared(versions, 'selectableFields')) yield* validateSelectable(first, `${path}.selectableFields`)
}

const reviewVersions = ['v1', 'v1beta1']

function* validateConversion(conversion: CustomResourceConversion | undefined, at: string): Generator<Cause> {
  if (!conversion) return
  const { strategy, webhook } = conversion
  const client = `${at}.webhookClientConfig`
  yield* oneOf(strategy, `${at}.strategy`, ['None', 'Webhook'])
  if (strategy !== 'Webhook') {
    if (webhook?.clientConfig) yield forbidden(client, 'should not be set when strategy is not set to Webhook')
    if (webhook?.conversionReviewVersions?.length)
      yield forbidden(`${at}.conversionReviewVersions`, 'should not be set when strategy is not set to Webhook')
    return
  }
  const { url, service } = webhook?.clientConfig ?? {}
  if (!webhook?.clientConfig) yield required(client, 'required when strategy is set to Webhook')
  else if ((url === undefined) === (service === undefined)) yield required(client, 'exactly one of url or service is required')
  else if (url !== undefined) yield* validateWebhookUrl(url, `${client}.url`)
  else if (service) yield* validateWebhookService(service, `${client}.service`)
  const known = webhook?.conversionReviewVersions ?? []
  const list = `${at}.conversionReviewVersions`
  if (known.length === 0) {
    yield required(list)
    return
  }
  yield* each(known, list, function* (version, place, index) {
    if (known.indexOf(version) < index) yield invalidValue(place, version, 'duplicate version')
    else for (const problem of dns1035Label(version)) yield invalidValue(place, version, problem)
  })
  if (!known.some(version => reviewVersions.includes(version)))
    yield invalidValue(list, known, `must include at least one of ${reviewVersions.join(', ')}`)
}

import type { MutatingWebhook, ValidatingWebhook, WebhookClientConfig } from '#api/admissionregistration/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { compileConditions } from '#machinery/cel/policy.ts'
import { validateSelector } from '#machinery/labels.ts'
import { dns1035Label, dns1123Subdomain } from '#machinery/names.ts'
import { each, oneOfIfSet } from '#resources/checks.ts'
import { validateWebhookService, validateWebhookUrl } from '#resources/webhook-clients.ts'
import { validateMatchConditions } from './match.ts'
import { validateRule } from './rules.ts'

type Webhook = ValidatingWebhook & Pick<MutatingWebhook, 'reinvocationPolicy'>

const reviewVersions = ['v1', 'v1beta1']
/** What the conditions of webhooks may use. */
const conditionOffer = { authorizer: true }
const noSideEffects = ['None', 'NoneOnDryRun']

/** What webhooks of both kinds leave out. */
export function defaultWebhook(webhook: Webhook): void {
  webhook.failurePolicy ??= 'Fail'
  webhook.matchPolicy ??= 'Equivalent'
  webhook.namespaceSelector ??= {}
  webhook.objectSelector ??= {}
  webhook.timeoutSeconds ??= 10
  for (const rule of webhook.rules ?? []) rule.scope ??= '*'
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443
}

/** Checks a configuration's webhooks. What older ones got away with may stay, until they change. */
export function* validateWebhooks(webhooks: readonly Webhook[] = [], before: readonly Webhook[] | undefined): Generator<Cause> {
  const strict = {
    sideEffects: (before ?? []).every(({ sideEffects }) => noSideEffects.includes(sideEffects)),
    versions: (before ?? []).every(
      ({ admissionReviewVersions: all }) => !all?.length || all.some(v => reviewVersions.includes(v)),
    ),
    names: new Set(before?.map(({ name }) => name)).size === (before?.length ?? 0),
  }
  const names = webhooks.map(({ name }) => name)
  yield* each(webhooks, 'webhooks', function* (webhook, path, index) {
    yield* validateWebhook(webhook, strict.sideEffects, path)
    yield* validateVersions(webhook.admissionReviewVersions, strict.versions, `${path}.admissionReviewVersions`)
    if (strict.names && webhook.name && names.indexOf(webhook.name) < index) yield duplicate(`${path}.name`, webhook.name)
  })
}

function* validateWebhook(webhook: Webhook, strict: boolean, path: string): Generator<Cause> {
  yield* fullName(webhook.name, `${path}.name`)
  yield* each(webhook.rules, `${path}.rules`, validateRule)
  yield* oneOfIfSet(webhook.failurePolicy, `${path}.failurePolicy`, ['Fail', 'Ignore'])
  yield* oneOfIfSet(webhook.matchPolicy, `${path}.matchPolicy`, ['Equivalent', 'Exact'])
  const allowed = strict ? noSideEffects : [...noSideEffects, 'Some', 'Unknown']
  const { sideEffects, timeoutSeconds } = webhook
  if (sideEffects === undefined) yield required(`${path}.sideEffects`, `must specify one of ${allowed.join(', ')}`)
  else if (!allowed.includes(sideEffects)) yield notSupported(`${path}.sideEffects`, sideEffects, allowed)
  if (timeoutSeconds !== undefined && (timeoutSeconds > 30 || timeoutSeconds < 1))
    yield invalidValue(`${path}.timeoutSeconds`, timeoutSeconds, 'the timeout value must be between 1 and 30 seconds')
  yield* validateSelector(webhook.namespaceSelector, `${path}.namespaceSelector`)
  yield* validateSelector(webhook.objectSelector, `${path}.objectSelector`)
  yield* oneOfIfSet(webhook.reinvocationPolicy, `${path}.reinvocationPolicy`, ['IfNeeded', 'Never'])
  yield* validateClient(webhook.clientConfig, `${path}.clientConfig`)
  yield* validateMatchConditions(
    webhook.matchConditions,
    compileConditions(webhook.matchConditions ?? [], conditionOffer),
    `${path}.matchConditions`,
  )
}

function* validateClient({ url, service }: Partial<WebhookClientConfig> = {}, path: string): Generator<Cause> {
  if ((url === undefined) === (service === undefined)) yield required(path, 'exactly one of url or service is required')
  else if (url !== undefined) yield* validateWebhookUrl(url, `${path}.url`)
  else if (service) yield* validateWebhookService(service, `${path}.service`)
}

/** A name that belongs to a domain (upstream: IsFullyQualifiedName). */
function* fullName(name: string | undefined, path: string): Generator<Cause> {
  const problems = dns1123Subdomain(name ?? '')
  if (!name) yield required(path)
  else if (problems.length > 0) yield invalidValue(path, name, problems.join(','))
  else if (name.split('.').length < 3)
    yield invalidValue(path, name, 'should be a domain with at least three segments separated by dots')
}

function* validateVersions(versions: readonly string[] = [], strict: boolean, path: string): Generator<Cause> {
  if (versions.length === 0) {
    yield required(path, `must specify one of ${reviewVersions.join(', ')}`)
    return
  }
  yield* each(versions, path, function* (version, at, index) {
    if (versions.indexOf(version) < index) yield invalidValue(at, version, 'duplicate version')
    else yield* invalidEach(at, version, dns1035Label(version))
  })
  if (strict && !versions.some(version => reviewVersions.includes(version)))
    yield invalidValue(path, versions, `must include at least one of ${reviewVersions.join(', ')}`)
}

import { isAbsolute } from 'node:path'
import type { Cause } from '#api/status.ts'
import type { Mode } from '#apiserver/authorization/authority.ts'
import { matchCondition } from '#apiserver/authorization/match-conditions.ts'
import type { WebhookSettings } from '#apiserver/authorization/webhook.ts'
import { duplicate, invalidValue, notSupported, required, tooMany } from '#machinery/causes.ts'
import { CompilationError } from '#machinery/cel/problem.ts'
import { isRecord } from '#machinery/clone.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { decodeYaml } from '#machinery/yaml.ts'

/** A webhook as it is configured: where it is stands in a kubeconfig. */
export interface Webhook extends Omit<WebhookSettings, 'endpoint'> {
  readonly kubeconfig: string
}

export type Configured = Extract<Mode, string> | 'ABAC' | Webhook

type Said = Readonly<Record<string, unknown>>

const plain = ['ABAC', 'AlwaysAllow', 'AlwaysDeny', 'Node', 'RBAC'] as const

/** Reads an AuthorizationConfiguration (apiserver.config.k8s.io). Throws all that is wrong with it, in upstream's words. */
export function configuredModes(text: string): readonly Configured[] {
  const said = decodeYaml(text)
  const versions = ['v1', 'v1beta1', 'v1alpha1'].map(version => `apiserver.config.k8s.io/${version}`)
  if (!isRecord(said) || said.kind !== 'AuthorizationConfiguration' || !versions.includes(String(said.apiVersion)))
    throw new Error('it is no AuthorizationConfiguration of apiserver.config.k8s.io/v1')
  const authorizers = Array.isArray(said.authorizers) ? (said.authorizers as unknown[]) : []
  const causes = [...problems(authorizers)]
  if (causes.length > 0) throw new Error(causes.map(({ field, message }) => `${field}: ${message}`).join(', '))
  return (authorizers as Said[]).map(each => (each.type === 'Webhook' ? webhookOf(each) : (each.type as Configured)))
}

function* problems(authorizers: readonly unknown[]): Generator<Cause> {
  if (authorizers.length === 0) yield required('authorizers', 'at least one authorization mode must be defined')
  const names = new Set<unknown>()
  const types = new Set<unknown>()
  for (const [index, value] of authorizers.entries()) {
    const at = `authorizers[${index}]`
    const { type, name, webhook } = (isRecord(value) ? value : {}) as Said
    if (!type) yield required(`${at}.type`)
    else if (type !== 'Webhook' && !plain.includes(type as (typeof plain)[number]))
      yield notSupported(`${at}.type`, type, [...plain, 'Webhook'].sort())
    else if (types.has(type) && type !== 'Webhook') yield duplicate(`${at}.type`, type)
    types.add(type)
    if (!name) yield required(`${at}.name`)
    else if (names.has(name)) yield duplicate(`${at}.name`, name)
    else {
      const wrong = dns1123Subdomain(String(name))
      if (wrong.length > 0) yield invalidValue(`${at}.name`, name, `authorizer name is invalid: ${wrong.join(', ')}`)
    }
    names.add(name)
    if (type === 'Webhook') {
      if (isRecord(webhook)) yield* webhookProblems(webhook, at)
      else yield required(`${at}.webhook`, 'required when type=Webhook')
    } else if (webhook) yield invalidValue(`${at}.webhook`, 'non-null', 'may only be specified when type=Webhook')
  }
}

function* webhookProblems(said: Said, at: string): Generator<Cause> {
  const { timeout, authorizedTTL, unauthorizedTTL, subjectAccessReviewVersion: version, failurePolicy: policy } = said
  if (timeout === undefined) yield required(`${at}.timeout`)
  else if (!(durationOf(timeout) > 0 && durationOf(timeout) <= 30_000))
    yield invalidValue(`${at}.timeout`, timeout, 'must be > 0s and <= 30s')
  for (const [name, ttl] of Object.entries({ authorizedTTL, unauthorizedTTL }))
    if (ttl !== undefined && !(durationOf(ttl) > 0)) yield invalidValue(`${at}.${name}`, ttl, 'must be > 0s')
  if (!version) yield required(`${at}.subjectAccessReviewVersion`)
  else if (version !== 'v1' && version !== 'v1beta1')
    yield notSupported(`${at}.subjectAccessReviewVersion`, version, ['v1', 'v1beta1'])
  if (!policy) yield required(`${at}.failurePolicy`)
  else if (policy !== 'NoOpinion' && policy !== 'Deny') yield notSupported(`${at}.failurePolicy`, policy, ['NoOpinion', 'Deny'])
  const conditions = expressionsOf(said)
  if (!said.matchConditionSubjectAccessReviewVersion) {
    if (conditions.length > 0)
      yield required(`${at}.matchConditionSubjectAccessReviewVersion`, 'required if match conditions are specified')
  } else if (said.matchConditionSubjectAccessReviewVersion !== 'v1')
    yield notSupported(`${at}.matchConditionSubjectAccessReviewVersion`, said.matchConditionSubjectAccessReviewVersion, ['v1'])
  yield* conditionProblems(conditions, `${at}.matchConditions`)
  const { type, kubeConfigFile: file } = (isRecord(said.connectionInfo) ? said.connectionInfo : {}) as Said
  if (!type) yield required(`${at}.connectionInfo.type`)
  else if (type !== 'KubeConfigFile') yield notSupported(`${at}.connectionInfo.type`, type, ['KubeConfigFile'])
  else if (!file) yield required(`${at}.connectionInfo.kubeConfigFile`)
  else if (!isAbsolute(String(file))) yield invalidValue(`${at}.connectionInfo.kubeConfigFile`, file, 'must be an absolute path')
}

const mostConditions = 64

const expressionsOf = ({ matchConditions }: Said): readonly unknown[] =>
  Array.isArray(matchConditions) ? (matchConditions as unknown[]).map(each => (isRecord(each) ? each.expression : undefined)) : []

function* conditionProblems(expressions: readonly unknown[], at: string): Generator<Cause> {
  if (expressions.length > mostConditions) return yield tooMany(at, expressions.length, mostConditions)
  for (const [index, expression] of expressions.entries()) {
    const path = `${at}[${index}].expression`
    if (typeof expression !== 'string' || !expression.trim()) yield required(path)
    else if (expressions.indexOf(expression) < index) yield duplicate(path, expression)
    else
      try {
        matchCondition(expression)
      } catch (error) {
        if (!(error instanceof CompilationError)) throw error
        yield invalidValue(path, expression, error.message)
      }
  }
}

function webhookOf({ name, webhook }: Said): Webhook {
  const said = webhook as Said
  const ttl = (which: 'authorized' | 'unauthorized', otherwise: number): number => {
    const isKept = said[which === 'authorized' ? 'cacheAuthorizedRequests' : 'cacheUnauthorizedRequests'] !== false
    return isKept ? durationOf(said[`${which}TTL`]) || otherwise : 0
  }
  const conditions = expressionsOf(said).map(expression => matchCondition(String(expression)))
  return {
    name: String(name),
    kubeconfig: String((said.connectionInfo as Said).kubeConfigFile),
    timeoutMs: durationOf(said.timeout),
    version: said.subjectAccessReviewVersion as Webhook['version'],
    authorizedTtlMs: ttl('authorized', 300_000),
    unauthorizedTtlMs: ttl('unauthorized', 30_000),
    failurePolicy: said.failurePolicy as Webhook['failurePolicy'],
    ...(conditions.length > 0 && { conditions }),
  }
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 }

/** `1h5m0s` in milliseconds; not a number, if it is none. */
function durationOf(text: unknown): number {
  if (typeof text !== 'string' || !/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return Number.NaN
  return [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)].reduce(
    (sum, [, count, unit]) => sum + Number(count) * unitMs[unit!]!,
    0,
  )
}

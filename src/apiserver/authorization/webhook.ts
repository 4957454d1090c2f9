import { SubjectAccessReview, type SubjectAccessReviewSpec, type SubjectAccessReviewStatus } from '#api/authorization/v1.ts'
import type { Attributes, Authorizer, User, Verdict } from '#apiserver/user.ts'
import { type Endpoint, Remote } from '#apiserver/wire/remote.ts'
import type { Program } from '#machinery/cel/compile.ts'
import type { Clock } from '#machinery/clock.ts'
import { parseFieldSelector } from '#machinery/field-selector.ts'
import { parseSelector } from '#machinery/label-text.ts'
import type { Log } from '#machinery/log.ts'
import { meets } from './match-conditions.ts'

/** A service that is asked what somebody may do (upstream: AuthorizationConfiguration, apiserver.config.k8s.io). */
export interface WebhookSettings {
  readonly name: string
  readonly endpoint: Endpoint
  readonly timeoutMs: number
  readonly version: 'v1' | 'v1beta1'
  /** How long its answers are remembered; 0: not at all. */
  readonly authorizedTtlMs: number
  readonly unauthorizedTtlMs: number
  /** Which questions it is asked: those that meet all of these. */
  readonly conditions?: readonly Program[]
  /** What counts when it gives no answer, or it cannot be told whether it is to be asked. */
  readonly failurePolicy: 'NoOpinion' | 'Deny'
}

const remembered = 8192
/** Questions longer than this are asked every time, as they might be made up to fill the memory. */
const longest = 10_000

/** Asks a service with a SubjectAccessReview (upstream: apiserver/plugin/pkg/authorizer/webhook). */
export function webhook(settings: WebhookSettings, { clock, log }: { clock: Clock; log: Log }): Authorizer {
  const { endpoint, timeoutMs, version, authorizedTtlMs, unauthorizedTtlMs, failurePolicy, conditions = [] } = settings
  const remote = new Remote(endpoint, clock)
  const known = new Map<string, { readonly status: SubjectAccessReviewStatus; readonly until: number }>()

  const ask = async (spec: SubjectAccessReviewSpec): Promise<SubjectAccessReviewStatus> => {
    const question = {
      kind: SubjectAccessReview.kind,
      apiVersion: `${SubjectAccessReview.group}/${version}`,
      spec: said(spec, version),
    }
    const answer = (await remote.insist(question, timeoutMs)) as Partial<SubjectAccessReview>
    if (typeof answer?.status !== 'object' || answer.status === null) throw new Error('the answer has no status')
    return answer.status
  }

  const failed = ({ message }: Error): Verdict => {
    log.warn('a webhook authorizer gave no answer', { webhook: settings.name, error: message })
    return { decision: failurePolicy === 'Deny' ? 'deny' : 'no opinion', reason: '', error: message }
  }

  return (user, attributes) => {
    const spec = specOf(user, attributes)
    try {
      if (!meets(conditions, spec)) return { decision: 'no opinion', reason: '' }
    } catch (error) {
      return failed(error as Error)
    }
    const key = JSON.stringify(spec)
    const now = clock.now().getTime()
    const before = known.get(key)
    if (before && before.until > now) return verdictOf(before.status)
    return ask(spec).then(status => {
      const ttlMs = status.allowed ? authorizedTtlMs : unauthorizedTtlMs
      if (ttlMs > 0 && key.length < longest) {
        if (known.size >= remembered) known.delete(known.keys().next().value!)
        known.set(key, { status, until: clock.now().getTime() + ttlMs })
      }
      return verdictOf(status)
    }, failed)
  }
}

function verdictOf({ allowed, denied, reason = '' }: SubjectAccessReviewStatus): Verdict {
  if (denied && allowed)
    return { decision: 'deny', reason, error: 'webhook subject access review returned both allow and deny response' }
  return { decision: denied ? 'deny' : allowed ? 'allow' : 'no opinion', reason }
}

function specOf({ name, uid, groups, extra }: User, asked: Attributes): SubjectAccessReviewSpec {
  const user = {
    user: name,
    ...(uid && { uid }),
    groups: [...groups],
    ...(extra && { extra: Object.fromEntries(Object.entries(extra).map(([key, values]) => [key, [...values]])) }),
  }
  const { verb, path, isResource, namespace, group, version, resource, subresource } = asked
  if (!isResource) return { ...user, nonResourceAttributes: { path, verb } }
  const fields = readable(() => parseFieldSelector(asked.fieldSelector ?? '').terms) ?? []
  const labels = readable(() => parseSelector(asked.labelSelector ?? '').requirements) ?? []
  return {
    ...user,
    resourceAttributes: {
      ...(namespace && { namespace }),
      verb,
      ...(group && { group }),
      version,
      resource,
      ...(subresource && { subresource }),
      ...(asked.name && { name: asked.name }),
      ...(fields.length > 0 && {
        fieldSelector: {
          requirements: fields.map(({ field, equal, value }) => ({
            key: field,
            operator: equal ? 'In' : 'NotIn',
            values: [value],
          })),
        },
      }),
      ...(labels.length > 0 && {
        labelSelector: {
          requirements: labels.flatMap(({ key, operator, values }) => {
            const word = operators[operator]
            return word ? { key, operator: word, ...(values.length > 0 && { values: [...values] }) } : []
          }),
        },
      }),
    },
  }
}

const operators: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  '!=': 'NotIn',
  In: 'In',
  NotIn: 'NotIn',
  Exists: 'Exists',
  DoesNotExist: 'DoesNotExist',
}

/** What a selector says, if it can be read: a request with one that cannot is refused later, for that. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch {
    return undefined
  }
}

/** v1beta1 calls the groups `group`. */
const said = ({ groups, ...rest }: SubjectAccessReviewSpec, version: 'v1' | 'v1beta1'): object =>
  version === 'v1' ? { groups, ...rest } : { group: groups, ...rest }

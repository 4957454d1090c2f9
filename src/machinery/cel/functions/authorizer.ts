import { type Overload, overload } from '#machinery/cel/overload.ts'
import { EvaluationError, Opaque, type Value } from '#machinery/cel/value.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { sizeOf, tenth } from './costs.ts'

/** What an expression asks about a right. */
export interface Question {
  readonly verb: string
  /** A path outside the API's resources; missing where it is about a resource. */
  readonly path?: string
  readonly group?: string
  readonly resource?: string
  readonly subresource?: string
  readonly namespace?: string
  readonly name?: string
  readonly fieldSelector?: string
  readonly labelSelector?: string
  /** Whose right; default: that of who sends the request. */
  readonly serviceAccount?: { readonly namespace: string; readonly name: string }
}

export interface Decision {
  readonly allowed: boolean
  readonly reason: string
  readonly error?: string
}

type Stage = 'Authorizer' | 'PathCheck' | 'GroupCheck' | 'ResourceCheck'

/** A question on the way to being asked. */
export class Query extends Opaque {
  readonly type: string
  readonly #decide: (asked: Question) => Decision
  readonly #said: Omit<Question, 'verb'>

  constructor(decide: (asked: Question) => Decision, stage: Stage = 'Authorizer', said: Omit<Question, 'verb'> = {}) {
    super()
    this.type = `kubernetes.authorization.${stage}`
    this.#decide = decide
    this.#said = said
  }

  equals(other: Opaque): boolean {
    return this === other
  }

  /** The same, with more said. */
  saying(stage: Stage, more: Omit<Question, 'verb'>): Query {
    return new Query(this.#decide, stage, { ...this.#said, ...more })
  }

  check(verb: string): Decided {
    return new Decided(this.#decide({ ...this.#said, verb }))
  }
}

class Decided extends Opaque {
  readonly type = 'kubernetes.authorization.Decision'
  readonly decision: Decision

  constructor(decision: Decision) {
    super()
    this.decision = decision
  }

  equals(other: Opaque): boolean {
    return this === other
  }
}

const own = (signature: string): string =>
  signature.replace(/Authorizer|PathCheck|GroupCheck|ResourceCheck|Decision/g, stage => `kubernetes/authorization/${stage}`)

const named = (text: string, what: string): string => {
  if (!text.trim()) throw new EvaluationError(`${what} must not be empty`)
  return text
}

function ofServiceAccount(query: Query, namespace: string, name: string): Query {
  if (dns1123Subdomain(name).length > 0) throw new EvaluationError('Invalid service account name')
  if (dns1123Label(namespace).length > 0) throw new EvaluationError('Invalid service account namespace')
  return query.saying('Authorizer', { serviceAccount: { namespace, name } })
}

/** Two questions may be asked by an expression, no more. */
const asking = (): number => 350_000

/** What requests may do (upstream: library.Authz and AuthzSelectors). */
export const authorizer: readonly Overload[] = [
  overload(own('Authorizer.path(string): PathCheck'), (query: Query, path: string) =>
    query.saying('PathCheck', { path: named(path, 'path') }),
  ),
  overload(own('Authorizer.group(string): GroupCheck'), (query: Query, group: string) => query.saying('GroupCheck', { group })),
  overload(own('Authorizer.serviceAccount(string, string): Authorizer'), ofServiceAccount),
  overload(own('GroupCheck.resource(string): ResourceCheck'), (query: Query, resource: string) =>
    query.saying('ResourceCheck', { resource: named(resource, 'resource') }),
  ),
  ...(['subresource', 'namespace', 'name', 'fieldSelector', 'labelSelector'] as const).map(part =>
    overload(
      own(`ResourceCheck.${part}(string): ResourceCheck`),
      (query: Query, value: string): Value => query.saying('ResourceCheck', { [part]: value }),
      part.endsWith('Selector') ? ([, text]) => 10 + tenth(sizeOf(text)) + 25 * sizeOf(text) : undefined,
    ),
  ),
  overload(own('PathCheck.check(string): Decision'), (query: Query, verb: string) => query.check(verb), asking),
  overload(own('ResourceCheck.check(string): Decision'), (query: Query, verb: string) => query.check(verb), asking),
  overload(own('Decision.allowed(): bool'), ({ decision }: Decided) => decision.allowed),
  overload(own('Decision.reason(): string'), ({ decision }: Decided) => decision.reason),
  overload(own('Decision.errored(): bool'), ({ decision }: Decided) => decision.error !== undefined),
  overload(own('Decision.error(): string'), ({ decision }: Decided) => decision.error ?? ''),
]

import type { Authorizer, User, Verdict } from '#apiserver/user.ts'
import type { Decision, Question } from '#machinery/cel/functions/authorizer.ts'

/** Answers an expression waits for. */
class Waiting extends Error {
  readonly arrival: Promise<void>
  constructor(arrival: Promise<void>) {
    super('waiting for an authorizer')
    this.arrival = arrival
  }
}

/** What the user of a request may do, for expressions that ask. Every question is asked once. */
export class Rights {
  readonly #authorize: Authorizer
  readonly #user: User
  readonly #known = new Map<string, Decision>()

  constructor(authorize: Authorizer, user: User) {
    this.#authorize = authorize
    this.#user = user
  }

  /** To be called by what `known` evaluates. */
  readonly decide = (asked: Question): Decision => {
    const id = JSON.stringify(asked)
    const before = this.#known.get(id)
    if (before) return before
    const verdict = this.#authorize(userOf(asked, this.#user), attributesOf(asked))
    const keep = (found: Verdict): Decision => {
      const { decision, reason, error } = found
      const known = { allowed: decision === 'allow', reason, ...(error !== undefined && { error }) }
      this.#known.set(id, known)
      return known
    }
    if (verdict instanceof Promise) throw new Waiting(verdict.then(found => void keep(found)))
    return keep(verdict)
  }

  /** What is evaluated, as soon as all answers are there: an expression cannot wait, so it is evaluated again. */
  async known<T>(evaluate: () => T): Promise<T> {
    for (;;)
      try {
        return evaluate()
      } catch (error) {
        if (!(error instanceof Waiting)) throw error
        await error.arrival
      }
  }
}

function userOf({ serviceAccount }: Question, user: User): User {
  if (!serviceAccount) return user
  const { namespace, name } = serviceAccount
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`],
  }
}

const attributesOf = ({ serviceAccount: _, path, ...asked }: Question): Parameters<Authorizer>[1] => ({
  path: path ?? '',
  isResource: path === undefined,
  group: '',
  version: '*',
  resource: '',
  subresource: '',
  namespace: '',
  name: '',
  ...asked,
})

import type { Authorizer, Verdict } from '#apiserver/user.ts'

export const allow: Verdict = { decision: 'allow', reason: '' }

export const noOpinion: Verdict = { decision: 'no opinion', reason: '' }

/** No opinion, and what may be said of it to whoever is refused in the end. */
export const noOpinionAs = (reason: string): Verdict => ({ decision: 'no opinion', reason })

/**
 * Authorizers as one: each is asked until one decides. If none does, what they have said is put together (upstream: union).
 * Without a promise where none of those asked gives one.
 */
export const inTurn =
  (authorizers: readonly Authorizer[]): Authorizer =>
  (user, attributes) => {
    const reasons: string[] = []
    const errors: string[] = []
    const conclude = (verdict: Verdict): Verdict | undefined => {
      if (verdict.reason) reasons.push(verdict.reason)
      if (verdict.error) errors.push(verdict.error)
      return verdict.decision === 'no opinion' ? undefined : verdict
    }
    const undecided = (): Verdict => ({
      decision: 'no opinion',
      reason: reasons.join('\n'),
      ...(errors.length > 0 && { error: errors.length === 1 ? errors[0]! : `[${errors.join(', ')}]` }),
    })
    const from = async (index: number, pending: Promise<Verdict>): Promise<Verdict> => {
      const decided = conclude(await pending)
      if (decided) return decided
      for (const ask of authorizers.slice(index + 1)) {
        const next = conclude(await ask(user, attributes))
        if (next) return next
      }
      return undecided()
    }
    for (let index = 0; index < authorizers.length; index++) {
      const verdict = authorizers[index]!(user, attributes)
      if (verdict instanceof Promise) return from(index, verdict)
      const decided = conclude(verdict)
      if (decided) return decided
    }
    return undecided()
  }

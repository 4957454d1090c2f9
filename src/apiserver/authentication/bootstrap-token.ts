import { timingSafeEqual } from 'node:crypto'
import { Secret } from '#api/core/v1.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'

const form = /^([a-z0-9]{6})\.([a-z0-9]{16})$/
const groupForm = /^system:bootstrappers:[a-z0-9:-]{0,255}[a-z0-9]$/

/**
 * Whose a bootstrap token is: new nodes come with one. Each is a Secret `bootstrap-token-ID` of kube-system
 * (upstream: plugin/pkg/auth/authenticator/token/bootstrap). A token that is expired, or not for this, is nobody's.
 */
export function bootstrapToken(reader: Reader, clock: Clock): (token: string) => User | undefined {
  return token => {
    const [, id, value] = form.exec(token) ?? []
    if (!id || !value) return undefined
    const secret = reader.get(Secret, { namespace: 'kube-system', name: `bootstrap-token-${id}` })
    if (!secret || secret.metadata.deletionTimestamp || secret.type !== 'bootstrap.kubernetes.io/token') return undefined
    const datum = (key: string): string => Buffer.from(secret.data?.[key] ?? '', 'base64').toString()
    const isMeant = datum('token-id') === id && datum('usage-bootstrap-authentication') === 'true'
    if (!isMeant || !same(datum('token-secret'), value) || hasExpired(datum('expiration'), clock.now())) return undefined
    const groups = datum('auth-extra-groups').split(',').filter(Boolean)
    if (!groups.every(group => groupForm.test(group))) return undefined
    return { name: `system:bootstrap:${id}`, groups: ['system:bootstrappers', ...groups] }
  }
}

/** An expiration that cannot be read counts as over. */
const hasExpired = (expiration: string, now: Date): boolean => expiration !== '' && !(Date.parse(expiration) > now.getTime())

function same(one: string, other: string): boolean {
  const [a, b] = [Buffer.from(one), Buffer.from(other)]
  return a.length === b.length && timingSafeEqual(a, b)
}

/*
 * What is written about the tokens of service accounts that lie in Secrets: by the API server when one is used, and by the cleaner.
 */

/** The day on which a token was last used. */
export const lastUsed = 'kubernetes.io/legacy-token-last-used'

/** Since when a token that nobody has used for long is no longer taken. */
export const invalidSince = 'kubernetes.io/legacy-token-invalid-since'

/** The ConfigMap that says since when it is noted which tokens are used. */
export const tracking = { namespace: 'kube-system', name: 'kube-apiserver-legacy-service-account-token-tracking' }

export const dayMs = 86_400_000

/** A day of the calendar, in UTC: `2026-01-31`. */
export const dayOf = (ms: number): string => new Date(ms).toISOString().slice(0, 10)

export const isDay = (text: string | undefined): text is string =>
  text !== undefined && /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text))

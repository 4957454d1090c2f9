import type { Example } from './example.ts'

const resourceAttributes = { namespace: 'default', verb: 'get', resource: 'pods' }

/** Questions: what is posted is answered, not stored. */
export const reviews: Readonly<Record<string, Example>> = {
  'authentication.k8s.io/v1/selfsubjectreviews': () => ({}),
  'authentication.k8s.io/v1/tokenreviews': () => ({ spec: { token: 'none' } }),
  'authorization.k8s.io/v1/localsubjectaccessreviews': () => ({ spec: { user: 'nobody', resourceAttributes } }),
  'authorization.k8s.io/v1/selfsubjectaccessreviews': () => ({ spec: { resourceAttributes } }),
  'authorization.k8s.io/v1/selfsubjectrulesreviews': () => ({ spec: { namespace: 'default' } }),
  'authorization.k8s.io/v1/subjectaccessreviews': () => ({ spec: { user: 'nobody', resourceAttributes } }),
}

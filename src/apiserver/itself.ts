import type { Attempt } from './gate.ts'

/** The API server's own writes. */
export const asItself: Attempt = {
  user: { name: 'system:apiserver', groups: ['system:masters', 'system:authenticated'] },
  subresource: '',
  dryRun: false,
  manager: 'kube-apiserver',
  warn() {},
}

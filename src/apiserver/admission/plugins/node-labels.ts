/** What a kubelet may say of its node in the name of Kubernetes (upstream: k8s.io/kubelet/pkg/apis, well_known_labels.go). */
const own = new Set([
  'kubernetes.io/hostname',
  'topology.kubernetes.io/zone',
  'topology.kubernetes.io/region',
  'failure-domain.beta.kubernetes.io/zone',
  'failure-domain.beta.kubernetes.io/region',
  'node.kubernetes.io/instance-type',
  'beta.kubernetes.io/instance-type',
  'kubernetes.io/os',
  'kubernetes.io/arch',
  'beta.kubernetes.io/os',
  'beta.kubernetes.io/arch',
  'node.kubernetes.io/windows-build',
])

type Labels = Readonly<Record<string, string>>

/** The names of the labels that differ. */
export const changedLabels = (before: Labels = {}, after: Labels = {}): string[] =>
  [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(name => before[name] !== after[name])

/** Those of some labels that a node may not have from its own kubelet, sorted: they could draw to it what is not meant for it. */
export const forbiddenLabels = (names: readonly string[]): string[] =>
  names
    .filter(name => {
      const prefix = name.includes('/') ? name.slice(0, name.indexOf('/')) : ''
      const isIn = (domain: string): boolean => prefix === domain || prefix.endsWith(`.${domain}`)
      if (isIn('node-restriction.kubernetes.io')) return true
      if (!isIn('kubernetes.io') && !isIn('k8s.io')) return false
      return !own.has(name) && !isIn('kubelet.kubernetes.io') && !isIn('node.kubernetes.io')
    })
    .sort()

import type { Example } from './example.ts'

/** Rules about a group that nobody serves. */
const rules = [{ apiGroups: ['surface.example.com'], apiVersions: ['v1'], operations: ['CREATE'], resources: ['nothings'] }]
const webhooks = [
  {
    name: 'x.example.com',
    clientConfig: { url: 'https://x.example.com/' },
    rules,
    sideEffects: 'None',
    admissionReviewVersions: ['v1'],
    failurePolicy: 'Ignore',
  },
]
const matchConstraints = { resourceRules: rules }
const role = { rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['get'] }] }
const binding = (kind: string): object => ({
  subjects: [{ kind: 'User', apiGroup: 'rbac.authorization.k8s.io', name: 'nobody' }],
  roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind, name: 'none' },
})

/** Who may do what, and what may come in. */
export const policies: Readonly<Record<string, Example>> = {
  'v1/limitranges': () => ({ spec: { limits: [{ type: 'Container', max: { cpu: '64' } }] } }),
  'v1/resourcequotas': () => ({ spec: { hard: { 'count/nothings.example.com': '9' } } }),
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicies': () => ({
    spec: {
      matchConstraints,
      reinvocationPolicy: 'Never',
      mutations: [{ patchType: 'JSONPatch', jsonPatch: { expression: '[]' } }],
    },
  }),
  'admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings': () => ({ spec: { policyName: 'none' } }),
  'admissionregistration.k8s.io/v1/mutatingwebhookconfigurations': () => ({ webhooks }),
  'admissionregistration.k8s.io/v1/validatingadmissionpolicies': () => ({
    spec: { matchConstraints, validations: [{ expression: 'true' }] },
  }),
  'admissionregistration.k8s.io/v1/validatingadmissionpolicybindings': () => ({
    spec: { policyName: 'none', validationActions: ['Warn'] },
  }),
  'admissionregistration.k8s.io/v1/validatingwebhookconfigurations': () => ({ webhooks }),
  'flowcontrol.apiserver.k8s.io/v1/flowschemas': () => ({
    spec: {
      priorityLevelConfiguration: { name: 'none' },
      matchingPrecedence: 9000,
      rules: [
        {
          subjects: [{ kind: 'User', user: { name: 'nobody' } }],
          nonResourceRules: [{ verbs: ['get'], nonResourceURLs: ['/nowhere'] }],
        },
      ],
    },
  }),
  'flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations': () => ({
    spec: { type: 'Limited', limited: { nominalConcurrencyShares: 1, limitResponse: { type: 'Reject' } } },
  }),
  'networking.k8s.io/v1/networkpolicies': () => ({
    spec: { podSelector: { matchLabels: { app: 'none' } }, policyTypes: ['Ingress'] },
  }),
  'rbac.authorization.k8s.io/v1/clusterrolebindings': () => binding('ClusterRole'),
  'rbac.authorization.k8s.io/v1/clusterroles': () => role,
  'rbac.authorization.k8s.io/v1/rolebindings': () => binding('Role'),
  'rbac.authorization.k8s.io/v1/roles': () => role,
}

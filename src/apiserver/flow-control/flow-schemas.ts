import {
  FlowSchema,
  type NonResourcePolicyRule,
  type PolicyRulesWithSubjects,
  type ResourcePolicyRule,
  type Subject,
} from '#api/flowcontrol/v1.ts'
import { apiVersion } from '#api/kind.ts'

const groups = (...names: readonly string[]): Subject[] => names.map(name => ({ kind: 'Group', group: { name } }))
const users = (...names: readonly string[]): Subject[] => names.map(name => ({ kind: 'User', user: { name } }))
const systemAccounts: Subject = { kind: 'ServiceAccount', serviceAccount: { namespace: 'kube-system', name: '*' } }
const everybody = groups('system:unauthenticated', 'system:authenticated')

const resources = (verbs: string, apiGroup: string, names: string, clusterScope: boolean): ResourcePolicyRule => ({
  verbs: verbs.split(' '),
  apiGroups: [apiGroup],
  resources: names.split(' '),
  ...(clusterScope && { clusterScope }),
  namespaces: ['*'],
})
const paths = (verb: string, ...nonResourceURLs: string[]): NonResourcePolicyRule => ({ verbs: [verb], nonResourceURLs })

const everything = (subjects: Subject[]): PolicyRulesWithSubjects => ({
  subjects,
  resourceRules: [resources('*', '*', '*', true)],
  nonResourceRules: [paths('*', '*')],
})

function schema(
  name: string,
  level: string,
  matchingPrecedence: number,
  by: 'ByUser' | 'ByNamespace' | undefined,
  rule: PolicyRulesWithSubjects,
): FlowSchema {
  return {
    kind: FlowSchema.kind,
    apiVersion: apiVersion(FlowSchema),
    metadata: { name, annotations: { 'apf.kubernetes.io/autoupdate-spec': 'true' } },
    spec: {
      priorityLevelConfiguration: { name: level },
      matchingPrecedence,
      ...(by && { distinguisherMethod: { type: by } }),
      rules: [rule],
    },
  }
}

/** The flow schemas that there must be, as they must be (upstream: apiserver/pkg/apis/flowcontrol/bootstrap). */
export const mandatoryFlowSchemas: readonly FlowSchema[] = [
  schema('exempt', 'exempt', 1, undefined, everything(groups('system:masters'))),
  schema('catch-all', 'catch-all', 10_000, 'ByUser', everything(everybody)),
]

/** Those that a cluster begins with, and may change. */
export const suggestedFlowSchemas: readonly FlowSchema[] = [
  schema('system-nodes', 'system', 500, 'ByUser', everything(groups('system:nodes'))),
  schema('system-node-high', 'node-high', 400, 'ByUser', {
    subjects: groups('system:nodes'),
    resourceRules: [resources('*', '', 'nodes nodes/status', true), resources('*', 'coordination.k8s.io', 'leases', false)],
  }),
  schema('probes', 'exempt', 2, undefined, {
    subjects: everybody,
    nonResourceRules: [paths('get', '/healthz', '/readyz', '/livez')],
  }),
  schema('system-leader-election', 'leader-election', 100, 'ByUser', {
    subjects: [...users('system:kube-controller-manager', 'system:kube-scheduler'), systemAccounts],
    resourceRules: [resources('get create update', 'coordination.k8s.io', 'leases', false)],
  }),
  schema('kube-controller-manager', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-controller-manager'))),
  schema('kube-scheduler', 'workload-high', 800, 'ByNamespace', everything(users('system:kube-scheduler'))),
  schema('kube-system-service-accounts', 'workload-high', 900, 'ByNamespace', everything([systemAccounts])),
  schema('service-accounts', 'workload-low', 9000, 'ByUser', everything(groups('system:serviceaccounts'))),
  schema('global-default', 'global-default', 9900, 'ByUser', everything(everybody)),
]

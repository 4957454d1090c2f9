import type { Component } from '#machinery/component.ts'
import { together } from '#machinery/component.ts'
import type { Controller } from '#reconcile/controller.ts'
import { type Ground, runController } from '#reconcile/run.ts'
import { certificateApproving } from './certificate-approving.ts'
import { certificateCleaner } from './certificate-cleaner.ts'
import { certificateSigning } from './certificate-signing.ts'
import type { SigningAuthority } from './certificates/signing.ts'
import { clusterRoleAggregation } from './clusterrole-aggregation.ts'
import { deployments } from './deployment.ts'
import { disruptionBudgets, staleDisruptions } from './disruption.ts'
import { endpoints } from './endpoints.ts'
import { endpointSlices } from './endpointslice.ts'
import { endpointSliceMirroring } from './endpointslice-mirroring.ts'
import { garbageCollector } from './garbage-collector.ts'
import { legacyTokenCleaner } from './legacy-token-cleaner.ts'
import { namespaces } from './namespace.ts'
import { nodeIpam } from './node-ipam.ts'
import { type NodeLifecycleOptions, nodeLifecycle } from './node-lifecycle.ts'
import { type PodGcOptions, podGarbageCollector } from './pod-gc.ts'
import { policyStatus } from './policy-status.ts'
import { pvProtection } from './pv-protection.ts'
import { pvcProtection } from './pvc-protection.ts'
import { replicaSets, replicationControllers } from './replicaset.ts'
import { resourceQuotas } from './resourcequota.ts'
import { rootCaPublisher } from './root-ca.ts'
import { serviceAccountTokens, type TokenOptions } from './service-account-tokens.ts'
import { serviceAccounts } from './serviceaccount.ts'
import { serviceCidrs } from './servicecidrs.ts'
import { taintEviction } from './taint-eviction.ts'
import { vacProtection } from './vac-protection.ts'

/** What the controllers are told about the cluster. */
export interface ControllerOptions extends NodeLifecycleOptions, PodGcOptions {
  /** The API server's CA (PEM), which goes into every namespace. */
  readonly rootCa: string
  /** Who signs certificates; left out: nobody, they stay approved. */
  readonly signing?: SigningAuthority | undefined
  /** Makes the tokens that lie in Secrets; left out: nobody fills those. */
  readonly signToken?: TokenOptions['sign'] | undefined
  /** For how long a token in a Secret must not have been used to be cleaned away; default: a year. */
  readonly legacyTokenPeriodMs?: number
  /** The pods' address range, of which each node gets a /24. */
  readonly clusterCidr: string
}

/** Every controller that works on one kind of object. */
export const controllers = (options: ControllerOptions): readonly Controller[] => [
  namespaces,
  serviceAccounts,
  ...(options.signToken ? [serviceAccountTokens({ sign: options.signToken, rootCa: options.rootCa })] : []),
  legacyTokenCleaner(options.legacyTokenPeriodMs ?? 8760 * 3_600_000),
  rootCaPublisher(options.rootCa),
  clusterRoleAggregation,
  certificateApproving,
  ...(options.signing ? [certificateSigning(options.signing)] : []),
  certificateCleaner,
  resourceQuotas,
  pvProtection,
  pvcProtection,
  vacProtection,
  serviceCidrs,
  policyStatus,
  replicaSets,
  replicationControllers,
  deployments,
  disruptionBudgets,
  staleDisruptions,
  endpointSlices,
  endpoints,
  endpointSliceMirroring,
  nodeIpam(options.clusterCidr),
  nodeLifecycle(options),
  taintEviction(),
]

/** Those that work on all of them. */
const collectors = (ground: Ground, options: ControllerOptions): readonly Component[] => [
  garbageCollector(ground),
  podGarbageCollector(ground, options),
]

/** kube-controller-manager: all controllers, over the caches of `ground`, which it runs. */
export function controllerManager(ground: Ground, options: ControllerOptions): Component {
  return {
    name: 'kube-controller-manager',
    run(signal) {
      const loops = controllers(options).map(controller => runController(controller, ground))
      return together([ground.caches, ...loops, ...collectors(ground, options)], signal)
    },
  }
}

import type { Admission } from '#apiserver/admission/admission.ts'
import { Ledger } from '#apiserver/admission/ledger.ts'
import { configurationOf } from '#apiserver/admission/pod-security/configuration.ts'
import { type AdmissionSettings, chosen } from '#apiserver/admission/settings.ts'
import type { Authority } from '#apiserver/authorization/authority.ts'
import { type Allocators, serviceAllocation } from '#apiserver/services/allocation.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import type { Clock } from '#machinery/clock.ts'
import type { Log } from '#machinery/log.ts'
import { alwaysAdmit, alwaysDeny } from './always.ts'
import { alwaysPullImages } from './always-pull-images.ts'
import { limitAntiAffinity } from './anti-affinity.ts'
import {
  certificateApproval,
  certificateSigning,
  certificateSubjectRestriction,
  clusterTrustBundleAttest,
} from './certificates.ts'
import { claimResize } from './claim-resize.ts'
import { defaultIngressClass } from './default-ingress-class.ts'
import { defaultStorageClass } from './default-storage-class.ts'
import { defaultTolerations } from './default-tolerations.ts'
import { escalation } from './escalation.ts'
import { eventRateLimit } from './event-rate-limit.ts'
import { extendedResourceToleration } from './extended-resource-toleration.ts'
import { denyExternalIps } from './external-ips.ts'
import { limitRanger } from './limit-ranger.ts'
import { namespaceLifecycle } from './namespace-lifecycle.ts'
import { namespaceAutoProvision, namespaceExists } from './namespaces.ts'
import { nodeRestriction } from './node-restriction.ts'
import { ownerReferences } from './owner-references.ts'
import { podNodeSelector } from './pod-node-selector.ts'
import { podSecurity } from './pod-security.ts'
import { podTolerationRestriction } from './pod-toleration-restriction.ts'
import { podTopologyLabels } from './pod-topology-labels.ts'
import { priority } from './priority.ts'
import { resourceQuota } from './resource-quota.ts'
import { runtimeClass } from './runtime-class.ts'
import { serviceAccount } from './service-account.ts'
import { storageProtection } from './storage-protection.ts'
import { taintNodes } from './taint-nodes.ts'
import { validatingAdmissionPolicy } from './validating-admission-policy.ts'

/** What plugins may use. */
export interface PluginTools {
  readonly reader: Reader
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly allocators: Allocators
  readonly settings: AdmissionSettings
  readonly authority: Pick<Authority, 'authorize' | 'grants'>
}

/** Those of upstream's plugins that nobody gets without asking for them. NodeRestriction is on, as kubeadm has it. */
const offByDefault: ReadonlySet<string> = new Set([
  'AlwaysAdmit',
  'AlwaysDeny',
  'AlwaysPullImages',
  'DenyServiceExternalIPs',
  'EventRateLimit',
  'ExtendedResourceToleration',
  'LimitPodHardAntiAffinityTopology',
  'NamespaceAutoProvision',
  'NamespaceExists',
  'OwnerReferencesPermissionEnforcement',
  'PodNodeSelector',
  'PodTolerationRestriction',
])

/** The admission plugins, one line each; first those that cannot be switched off, as upstream has them in the kinds' own storage. */
export function plugins(tools: PluginTools): readonly Admission[] {
  const { reader, allocators, settings, authority, log, clock } = tools
  const always = [serviceAllocation(allocators, log), escalation(reader, authority)]
  const optional = [
    alwaysAdmit,
    namespaceAutoProvision(reader),
    namespaceLifecycle(reader),
    namespaceExists(reader),
    limitAntiAffinity,
    limitRanger(reader),
    serviceAccount(reader, tools),
    nodeRestriction(reader),
    taintNodes,
    alwaysPullImages,
    podSecurity(reader, clock, configurationOf(settings.configurations?.PodSecurity)),
    podNodeSelector(reader, settings.configurations?.PodNodeSelector),
    priority(reader),
    defaultTolerations,
    podTolerationRestriction(reader, settings.configurations?.PodTolerationRestriction),
    eventRateLimit(clock, settings.configurations?.EventRateLimit),
    extendedResourceToleration,
    defaultStorageClass(reader),
    storageProtection,
    ownerReferences(reader, authority),
    claimResize(reader),
    runtimeClass(reader),
    certificateApproval(authority),
    certificateSigning(authority),
    clusterTrustBundleAttest(authority),
    certificateSubjectRestriction,
    defaultIngressClass(reader),
    denyExternalIps,
    podTopologyLabels(reader),
    validatingAdmissionPolicy(reader, authority),
    resourceQuota(new Ledger(reader), log),
    alwaysDeny,
  ]
  return [...chosen(optional, offByDefault, settings), ...always]
}

import 'reflect-metadata'
import assert from 'node:assert/strict'
import { Pkcs10CertificateRequestGenerator, X509CertificateGenerator } from '@peculiar/x509'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { isLater, namesOf } from './harness/objects.ts'
import { template } from './harness/pods.ts'
import { tour } from './harness/tour.ts'
import { unique } from './harness/trial.ts'

conformance('sig-network', 'Ingress API', {
  'should support creating Ingress API operations': async t => {
    const pathType = 'ImplementationSpecific' as const
    const backend = { service: { name: 'test-backend', port: { number: 8080 } } }
    const spec = {
      defaultBackend: { service: { name: 'default-backend', port: { number: 80 } } },
      rules: [{ host: 'host1', http: { paths: [{ path: '/', pathType, backend }] } }],
    }
    const status = { loadBalancer: { ingress: [{ ip: '169.1.1.1' }] } }
    await tour(t, 'ingresses', (name, labels) => ({ metadata: { name, labels }, spec }), { status, everywhere: true })
  },
})

conformance('sig-network', 'IngressClass API', {
  'should support creating IngressClass API operations': async t => {
    await tour(t, 'ingressclasses', (name, labels) => ({
      metadata: { name, labels },
      spec: { controller: 'example.com/controller' },
    }))
  },
})

conformance('sig-node', 'Lease', {
  'lease API should be available': async t => {
    const leases = t.of('leases')
    const spec = (holderIdentity: string, leaseDurationSeconds: number, transitions: number) => ({
      holderIdentity,
      leaseDurationSeconds,
      acquireTime: '2026-01-01T00:00:02.000000Z',
      renewTime: '2026-01-01T00:00:05.000000Z',
      leaseTransitions: transitions,
    })
    const created = await leases.create({ metadata: { name: 'lease' }, spec: spec('holder', 30, 0) })
    assert.deepEqual((await leases.get('lease')).spec, spec('holder', 30, 0))
    await leases.update({ ...created, spec: spec('holder2', 30, 1) })
    assert.deepEqual((await leases.get('lease')).spec, spec('holder2', 30, 1))
    await leases.patch('lease', { spec: spec('holder3', 60, 2) }, { type: 'strategic' })
    const patched = await leases.get('lease')
    assert.deepEqual(patched.spec, spec('holder3', 60, 2))
    isLater(patched, created)
    await leases.create({ metadata: { name: 'lease2', labels: { deletecollection: 'true' } }, spec: spec('holder', 30, 0) })
    assert.deepEqual(namesOf(await leases.items()), ['lease', 'lease2'])
    await leases.deleteCollection('deletecollection=true')
    assert.deepEqual(namesOf(await leases.items()), ['lease'])
    await leases.delete('lease')
    await leases.isGone('lease')
    assert.ok((await t.of('leases', '').items()).length > 0)
  },
})

conformance('sig-apps', 'CronJob', {
  'should support CronJob API operations': async t => {
    const jobTemplate = { spec: { template: { spec: { ...template().spec, restartPolicy: 'OnFailure' } } } }
    const spec = { schedule: '* */1 * * ?', concurrencyPolicy: 'Allow', suspend: true, jobTemplate }
    const status = { lastScheduleTime: '2026-01-01T00:00:00Z' }
    await tour(t, 'cronjobs', (name, labels) => ({ metadata: { name, labels }, spec }), { status, everywhere: true })
  },
})

conformance('sig-auth', 'Certificates API', {
  'should support CSR API operations': async t => {
    const csrs = t.of('certificatesigningrequests')
    const request = await signingRequest()
    const signerName = `example.com/${t.namespace}`
    const usages = ['digital signature', 'key encipherment', 'server auth']
    const condition = (type: string) => ({ type, status: 'True', reason: 'E2E', message: 'Set from an e2e test' })
    const pem = Buffer.from(await certificate()).toString('base64')
    await tour(
      t,
      'certificatesigningrequests',
      (name, labels) => ({ metadata: { name, labels }, spec: { request, signerName, expirationSeconds: 3600, usages } }),
      {
        also: async name => {
          assert.equal((await csrs.items({ fieldSelector: `spec.signerName=${signerName}` })).length, 3)
          await csrs.get(name, 'approval')
          const patch = {
            metadata: { annotations: { patchedapproval: 'true' } },
            status: { conditions: [condition('ApprovalPatch')] },
          }
          const patched = await csrs.patch(name, patch, { of: 'approval' })
          assert.deepEqual(
            patched.status?.conditions?.map(({ type }) => type),
            ['ApprovalPatch'],
          )
          const approved = await csrs.change(name, it => void it.status!.conditions!.push(condition('Approved')), 'approval')
          assert.deepEqual(
            approved.status?.conditions?.map(({ type }) => type),
            ['ApprovalPatch', 'Approved'],
          )
          const signed = await csrs.patch(
            name,
            { metadata: { annotations: { patchedstatus: 'true' } }, status: { certificate: pem } },
            { of: 'status' },
          )
          assert.equal(signed.status?.certificate, pem)
          const updated = await csrs.change(name, it => void it.status!.conditions!.push(condition('StatusUpdate')), 'status')
          assert.equal(updated.status?.conditions?.length, 3)
        },
      },
    )
  },
})

const algorithm = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' }

/** A PKCS #10 request, as spec.request has it. */
async function signingRequest(): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  const request = await Pkcs10CertificateRequestGenerator.create({
    name: 'CN=e2e.example.com',
    keys,
    signingAlgorithm: algorithm,
  })
  return Buffer.from(request.toString('pem')).toString('base64')
}

/** Some certificate. */
async function certificate(): Promise<string> {
  const keys = await crypto.subtle.generateKey(algorithm, false, ['sign', 'verify'])
  return (
    await X509CertificateGenerator.createSelfSigned({ name: 'CN=e2e.example.com', keys, signingAlgorithm: algorithm })
  ).toString('pem')
}

conformance('sig-api-machinery', 'API priority and fairness', {
  'should support FlowSchema API operations': async t => {
    const spec = {
      matchingPrecedence: 10_000,
      priorityLevelConfiguration: { name: 'global-default' },
      distinguisherMethod: { type: 'ByUser' },
    }
    const status = {
      conditions: [
        {
          type: 'StatusUpdate',
          status: 'True',
          reason: 'E2E',
          message: 'Set from an e2e test',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    }
    await tour(t, 'flowschemas', (name, labels) => ({ metadata: { name, labels }, spec }), { status, statusAlone: true })
  },
  'should support PriorityLevelConfiguration API operations': async t => {
    const spec = { type: 'Limited', limited: { nominalConcurrencyShares: 2, limitResponse: { type: 'Reject' } } }
    const status = {
      conditions: [
        {
          type: 'StatusUpdate',
          status: 'True',
          reason: 'E2E',
          message: 'Set from an e2e test',
          lastTransitionTime: '2026-01-01T00:00:00Z',
        },
      ],
    }
    await tour(t, 'prioritylevelconfigurations', (name, labels) => ({ metadata: { name, labels }, spec }), {
      status,
      statusAlone: true,
    })
  },
})

conformance('sig-api-machinery', 'ValidatingAdmissionPolicy', {
  'should support ValidatingAdmissionPolicy API operations': async t => {
    const resourceRules = [
      { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['deployments'] },
    ]
    const labelled = { matchLabels: { [t.namespace]: 'true' } }
    const spec = {
      matchConstraints: { namespaceSelector: labelled, objectSelector: labelled, resourceRules },
      validations: [{ expression: 'object.spec.replicas <= 100' }],
    }
    const lastTransitionTime = '2026-01-01T00:00:00Z'
    const condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from an e2e test', lastTransitionTime }
    const status = { conditions: [condition] }
    const make = (name: string, labels: Record<string, string>) => ({ metadata: { name, labels }, spec })
    await tour(t, 'validatingadmissionpolicies', make, { status, statusAlone: true })
  },
  'should support ValidatingAdmissionPolicyBinding API operations': async t => {
    const spec = { policyName: `${t.namespace}.example.com`, validationActions: ['Deny'] }
    await tour(t, 'validatingadmissionpolicybindings', (name, labels) => ({ metadata: { name, labels }, spec }))
  },
})

conformance('sig-storage', 'CSIStorageCapacity', {
  'should support CSIStorageCapacities API operations': async t => {
    await tour(
      t,
      'csistoragecapacities',
      (name, labels) => ({ metadata: { name, labels }, storageClassName: 'sc', capacity: '1Gi' }),
      { everywhere: true },
    )
  },
})

conformance('sig-storage', 'StorageClasses', {
  'CSI Conformance should run through the lifecycle of a StorageClass': async t => {
    await tour(t, 'storageclasses', (name, labels) => ({
      metadata: { name, labels },
      provisioner: 'e2e-fake-provisioner',
      reclaimPolicy: 'Delete',
    }))
  },
})

conformance('sig-storage', 'CSINodes', {
  'CSI Conformance should run through the lifecycle of a csinode': async t => {
    await tour(t, 'csinodes', (name, labels) => ({ metadata: { name, labels }, spec: { drivers: [] } }))
  },
})

conformance('sig-storage', 'CSIInlineVolumes', {
  'should run through the lifecycle of a CSIDriver': async t => {
    await tour(t, 'csidrivers', (name, labels) => ({
      metadata: { name, labels },
      spec: { attachRequired: false, volumeLifecycleModes: ['Persistent', 'Ephemeral'] },
    }))
  },
  'should support CSIVolumeSource in Pod API': async t => {
    const volumes = [{ name: 'it', csi: { driver: 'e2e.example.com' } }]
    const spec = { ...template().spec, volumes, nodeSelector: { nowhere: 'true' } }
    await t.of('pods').create({ metadata: { name: 'it', labels: { e2e: 'csi' } }, spec })
    assert.equal((await t.of('pods').get('it')).spec?.volumes?.[0]?.csi?.driver, 'e2e.example.com')
    assert.deepEqual(namesOf(await t.of('pods').items('e2e=csi')), ['it'])
    const patched = await t.of('pods').patch('it', { metadata: { labels: { patched: 'true' } } })
    assert.equal(patched.spec?.volumes?.[0]?.csi?.driver, 'e2e.example.com')
    await t.of('pods').delete('it', { gracePeriodSeconds: 0 })
    await eventually(() => t.of('pods').isGone('it'))
  },
})

const attachment = (name: string, labels: Record<string, string> = {}) => ({
  metadata: { name, labels },
  spec: { attacher: 'e2e-test.storage.k8s.io', nodeName: 'e2e-node', source: { persistentVolumeName: 'e2e-pv' } },
})

conformance('sig-storage', 'VolumeAttachment', {
  'Conformance should run through the lifecycle of a VolumeAttachment': async t => {
    await tour(t, 'volumeattachments', attachment)
  },
  'Conformance should apply changes to a volumeattachment status': async t => {
    const attachments = t.of('volumeattachments')
    const name = unique('attachment')
    t.defer(() => attachments.delete(name))
    await attachments.create(attachment(name))
    const patched = await attachments.patch(
      name,
      { metadata: { annotations: { patched: 'yes' } }, status: { attached: true } },
      { of: 'status' },
    )
    assert.equal(patched.status?.attached, true)
    assert.equal((await attachments.get(name, 'status')).status?.attached, true)
    const updated = await attachments.change(
      name,
      it => {
        it.status!.attached = false
      },
      'status',
    )
    assert.equal(updated.status?.attached, false)
  },
})

conformance('sig-node', 'Node Lifecycle', {
  'should run through the lifecycle of a node': async t => {
    const nodes = t.of('nodes')
    const name = unique('e2e-fake-node')
    t.defer(() => nodes.delete(name))
    const conditions = [{ type: 'Ready', status: 'True', reason: 'E2E', message: 'Set from e2e test' }]
    const created = await nodes.create({
      metadata: { name },
      spec: { unschedulable: true },
      status: { phase: 'Running', conditions },
    })
    assert.equal(created.metadata?.name, name)
    assert.equal((await nodes.get(name)).metadata?.name, name)
    const patched = await nodes.patch(name, { metadata: { labels: { [name]: 'patched' } } }, { type: 'strategic' })
    isLater(patched, created)
    assert.deepEqual(namesOf(await nodes.items(`${name}=patched`)), [name])
    const updated = await nodes.change(name, it => {
      it.metadata!.labels![name] = 'updated'
    })
    assert.equal(updated.metadata?.labels?.[name], 'updated')
    await nodes.delete(name)
    await eventually(() => nodes.isGone(name))
  },
})

conformance('sig-architecture', 'Conformance Tests', {
  'should have at least two untainted nodes': async t => {
    const untainted = (await t.of('nodes').items()).filter(
      ({ spec }) => !spec?.unschedulable && !spec?.taints?.some(({ effect }) => effect !== 'PreferNoSchedule'),
    )
    assert.ok(untainted.length >= 2)
  },
})

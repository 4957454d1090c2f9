import assert from 'node:assert/strict'
import type { KubeObject } from '#api/object.ts'
import type { Resource } from '#apiserver/resource.ts'
import { complaints, asStored as stored } from './as-stored.ts'
import configMaps from './core/configmaps.ts'
import events from './core/events.ts'
import namespaces from './core/namespaces.ts'
import nodes from './core/nodes.ts'
import claims from './core/persistentvolumeclaims.ts'
import volumes from './core/persistentvolumes.ts'
import secrets from './core/secrets.ts'
import endpointSlices from './discovery/endpointslices.ts'
import ingresses from './networking/ingresses.ts'
import networkPolicies from './networking/networkpolicies.ts'
import clusterRoles from './rbac/clusterroles.ts'
import roleBindings from './rbac/rolebindings.ts'
import roles from './rbac/roles.ts'
import priorityClasses from './scheduling/priorityclasses.ts'
import storageClasses from './storage/storageclasses.ts'

type Fields = Record<string, unknown>

describe('validation in upstream words', () => {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  const rule = { apiGroups: [''], resources: ['pods'], verbs: ['get'] }
  const rbac = 'rbac.authorization.k8s.io'
  const backend = { service: { name: 'web', port: { number: 80 } } }
  const path = (fields: Fields) => ({ spec: { rules: [{ http: { paths: [{ backend, ...fields }] } }] } })
  const claim = { accessModes: ['ReadWriteOnce'], resources: { requests: { storage: '1Gi' } } }
  const cases: [string, Resource, Fields, Fields | undefined, string[]][] = [
    [
      'a key that is both text and binary',
      configMaps,
      { data: { a: '1' }, binaryData: { a: '' } },
      undefined,
      ['data[a]: Invalid value: "a": duplicate of key present in binaryData'],
    ],
    [
      'a change of what is immutable',
      configMaps,
      { data: { a: '2' }, immutable: true },
      { data: { a: '1' }, immutable: true },
      ['data: Forbidden: field is immutable when `immutable` is set'],
    ],
    [
      'too much data',
      configMaps,
      { data: { a: 'x'.repeat(1024 * 1024 + 1) } },
      undefined,
      ['[]: Too long: may not be more than 1048576 bytes'],
    ],
    [
      'a TLS secret without a key',
      secrets,
      { type: 'kubernetes.io/tls', data: { 'tls.crt': base64('c') } },
      undefined,
      ['data[tls.key]: Required value'],
    ],
    ['a secret of another type', secrets, { type: 'b' }, { type: 'a' }, ['type: Invalid value: "b": field is immutable']],
    [
      'a taint twice',
      nodes,
      {
        spec: {
          taints: [
            { key: 'a', effect: 'NoSchedule' },
            { key: 'a', effect: 'NoSchedule' },
          ],
        },
      },
      undefined,
      ['metadata.taints[1]: Duplicate value: {"key":"a","effect":"NoSchedule"}: taints must be unique by key and effect pair'],
    ],
    [
      'another range of pod addresses',
      nodes,
      { spec: { podCIDR: '10.244.1.0/24' } },
      { spec: { podCIDR: '10.244.0.0/24' } },
      ['spec.podCIDRs: Forbidden: node updates may not change podCIDR except from "" to valid'],
    ],
    [
      'a claim for nothing',
      claims,
      {},
      undefined,
      ['spec.accessModes: Required value: at least 1 access mode is required', 'spec.resources[storage]: Required value'],
    ],
    [
      'a claim that changes its mind',
      claims,
      { spec: { ...claim, accessModes: ['ReadWriteMany'] } },
      { spec: claim },
      [
        'spec: Forbidden: spec is immutable after creation except resources.requests and volumeAttributesClassName for bound claims\n',
      ],
    ],
    [
      'a volume that is none',
      volumes,
      { spec: { accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } } },
      undefined,
      ['spec: Required value: must specify a volume type'],
    ],
    [
      'a rule without verbs',
      roles,
      { rules: [{ ...rule, verbs: [] }] },
      undefined,
      ['rules[0].verbs: Required value: verbs must contain at least one value'],
    ],
    [
      'URLs in a namespace',
      roles,
      { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] },
      undefined,
      ['rules[0].nonResourceURLs: Invalid value: ["/x"]: namespaced rules cannot apply to non-resource URLs'],
    ],
    ['URLs in the cluster', clusterRoles, { rules: [{ nonResourceURLs: ['/x'], verbs: ['get'] }] }, undefined, []],
    [
      'another role',
      roleBindings,
      { roleRef: { kind: 'Role', name: 'b' } },
      { roleRef: { kind: 'Role', name: 'a' } },
      [`roleRef: Invalid value: {"APIGroup":"${rbac}","Kind":"Role","Name":"b"}: cannot change roleRef`],
    ],
    [
      'a subject of no kind',
      roleBindings,
      { roleRef: { kind: 'Role', name: 'a' }, subjects: [{ kind: 'Robot', name: 'r' }] },
      undefined,
      ['subjects[0].kind: Unsupported value: "Robot": supported values: "ServiceAccount", "User", "Group"'],
    ],
    [
      'an ingress to nowhere',
      ingresses,
      {},
      undefined,
      ['spec: Invalid value: null: either `defaultBackend` or `rules` must be specified'],
    ],
    [
      'a path without a type',
      ingresses,
      path({ path: '/' }),
      undefined,
      ['spec.rules[0].http.paths[0].pathType: Required value: pathType must be specified'],
    ],
    [
      'a relative path',
      ingresses,
      path({ path: 'x', pathType: 'Prefix' }),
      undefined,
      ['spec.rules[0].http.paths[0].path: Invalid value: "x": must be an absolute path'],
    ],
    [
      'a hole that is no part of its block',
      networkPolicies,
      { spec: { ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8', except: ['192.168.0.0/16'] } }] }] } },
      undefined,
      ['spec.ingress[0].from[0].ipBlock.except[0]: Invalid value: "192.168.0.0/16": must be a strict subset of `cidr`'],
    ],
    [
      'an endpoint at home',
      endpointSlices,
      { addressType: 'IPv4', endpoints: [{ addresses: ['127.0.0.1'] }] },
      undefined,
      ['endpoints[0].addresses[0]: Invalid value: "127.0.0.1": may not be in the loopback range (127.0.0.0/8, ::1/128)'],
    ],
    [
      'an endpoint of another family',
      endpointSlices,
      { addressType: 'IPv6', endpoints: [{ addresses: ['10.0.0.1'] }] },
      undefined,
      ['endpoints[0].addresses: Invalid value: "10.0.0.1": must be an IPv6 address'],
    ],
    [
      'a priority above all users',
      priorityClasses,
      { value: 1000000001 },
      undefined,
      ['value: Forbidden: maximum allowed value of a user defined priority is 1000000000'],
    ],
    [
      'another provisioner',
      storageClasses,
      { provisioner: 'b' },
      { provisioner: 'a' },
      ['provisioner: Invalid value: "b": field is immutable'],
    ],
    [
      'an event that lies elsewhere',
      events,
      { involvedObject: { namespace: 'other' } },
      undefined,
      ['involvedObject.namespace: Invalid value: "other": does not match event.namespace'],
    ],
  ]
  for (const [title, resource, fields, before, expected] of cases) {
    it(`of ${resource.kind.plural}: ${title}`, () => assert.deepEqual(complaints(resource, fields, before), expected))
  }
})

describe('namespaces', () => {
  it('carry their name as a label and are held by their finalizer', () => {
    const namespace = stored(namespaces)
    assert.deepEqual(namespace.metadata.labels, { 'kubernetes.io/metadata.name': 'x' })
    assert.deepEqual(namespace.spec, { finalizers: ['kubernetes'] })
    assert.deepEqual(namespace.status, { phase: 'Active' })
    assert.equal(namespaces.held!(namespace), true)
  })

  it('are let go through the finalize door only', () => {
    const namespace = stored(namespaces)
    const updated = stored(namespaces, { spec: { finalizers: [] } }, namespace)
    assert.deepEqual(updated.spec, { finalizers: ['kubernetes'] })
    const finalized = namespaces.subresources!.finalize!.put!(namespace, { ...namespace, spec: {} } as KubeObject)
    assert.equal(namespaces.held!(finalized), false)
  })

  it('are Terminating from the moment of their deletion', () => {
    const namespace = stored(namespaces)
    namespaces.terminating!(namespace)
    assert.deepEqual(namespace.status, { phase: 'Terminating' })
  })
})

describe('secrets', () => {
  it('take text and keep it in base64', () => {
    const secret = stored(secrets, { data: { a: 'eA==' }, stringData: { b: 'y' } })
    assert.deepEqual([secret.type, secret.data, secret.stringData], ['Opaque', { a: 'eA==', b: 'eQ==' }, undefined])
  })
})

import assert from 'node:assert/strict'
import { shown, asStored as stored } from './as-stored.ts'
import endpoints from './core/endpoints.ts'
import events from './core/events.ts'
import nodes from './core/nodes.ts'
import claims from './core/persistentvolumeclaims.ts'
import volumes from './core/persistentvolumes.ts'
import ingresses from './networking/ingresses.ts'

describe('what kubectl get shows', () => {
  it('of nodes', () => {
    const node = stored(nodes, {
      spec: { unschedulable: true },
      status: {
        conditions: [{ type: 'Ready', status: 'True' }],
        addresses: [{ type: 'InternalIP', address: '10.0.0.1' }],
        nodeInfo: {
          kubeletVersion: 'v1.36.0',
          osImage: 'Linux',
          kernelVersion: '6.1',
          architecture: 'amd64',
          containerRuntimeVersion: 'docker://20',
        },
      },
    })
    node.metadata.labels = { 'node-role.kubernetes.io/control-plane': '' }
    assert.deepEqual(shown(nodes, node), [
      'x',
      'Ready,SchedulingDisabled',
      'control-plane',
      '60s',
      'v1.36.0',
      '10.0.0.1',
      '<none>',
      'Linux',
      '6.1 (amd64)',
      'docker://20',
    ])
  })

  it('of endpoints', () => {
    const addresses = ['10.0.0.1', '10.0.0.2'].map(ip => ({ ip }))
    const object = stored(endpoints, { subsets: [{ addresses, ports: [{ port: 80 }, { name: 's', port: 443 }] }] })
    assert.equal(shown(endpoints, object)[1], '10.0.0.1:80,10.0.0.2:80,10.0.0.1:443 + 1 more...')
    assert.equal(shown(endpoints, stored(endpoints))[1], '<none>')
  })

  it('of events', () => {
    const event = stored(events, {
      involvedObject: { kind: 'Pod', name: 'web', namespace: 'default', fieldPath: 'spec.containers{app}' },
      type: 'Normal',
      reason: 'Pulled',
      message: 'Pulled it\n',
      source: { component: 'kubelet', host: 'n1' },
      firstTimestamp: '2026-01-01T00:00:00Z',
      lastTimestamp: '2026-01-01T00:00:50Z',
      count: 3,
    })
    assert.deepEqual(shown(events, event), [
      '10s',
      'Normal',
      'Pulled',
      'pod/web',
      'spec.containers{app}',
      'kubelet, n1',
      'Pulled it',
      '60s',
      3,
      'x',
    ])
  })

  it('of claims and volumes', () => {
    const claim = stored(claims, { spec: { accessModes: ['ReadWriteOnce'], volumeName: 'v', storageClassName: 'fast' } })
    claim.status = { phase: 'Bound', accessModes: ['ReadWriteOnce'], capacity: { storage: '1Gi' } }
    assert.deepEqual(shown(claims, claim), ['x', 'Bound', 'v', '1Gi', 'RWO', 'fast', '<unset>', '60s', 'Filesystem'])
    const volume = stored(volumes, {
      spec: {
        accessModes: ['ReadWriteMany'],
        capacity: { storage: '1Gi' },
        claimRef: { namespace: 'default', name: 'c' },
        hostPath: { path: '/v' },
      },
    })
    assert.deepEqual(shown(volumes, volume), [
      'x',
      '1Gi',
      'RWX',
      'Retain',
      'Pending',
      'default/c',
      '',
      '<unset>',
      '',
      '60s',
      'Filesystem',
    ])
  })

  it('of ingresses', () => {
    const rules = ['a', 'b', 'c', 'd'].map(host => ({ host }))
    assert.deepEqual(shown(ingresses, stored(ingresses, { spec: { rules, tls: [{}] } })), [
      'x',
      '<none>',
      'a,b,c + 1 more...',
      '',
      '80, 443',
      '60s',
    ])
    assert.equal(shown(ingresses, stored(ingresses))[2], '*')
  })
})

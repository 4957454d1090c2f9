import assert from 'node:assert/strict'
import { podOf } from '#kubelet/testing.ts'
import { dnsOf } from './dns.ts'
import { hostnameOf, hostsFile } from './hosts.ts'

const names = {
  clusterDns: ['10.96.0.10'],
  clusterDomain: 'cluster.local',
  resolvConf: 'nameserver 1.1.1.1\nsearch example.com.\noptions timeout:1\n',
}
const cluster = ['shop.svc.cluster.local', 'svc.cluster.local', 'cluster.local', 'example.com']

describe('the names a pod sees', () => {
  it('are the cluster’s by default', () =>
    assert.deepEqual(dnsOf(podOf(), names), { servers: ['10.96.0.10'], searches: cluster, options: ['ndots:5'] }))
  const host = { servers: ['1.1.1.1'], searches: ['example.com'], options: ['timeout:1'] }
  it('are the host’s with Default, on the host’s network, and without a cluster DNS', () => {
    assert.deepEqual(dnsOf(podOf({ dnsPolicy: 'Default' }), names), host)
    assert.deepEqual(dnsOf(podOf({ hostNetwork: true }), names), host)
    assert.deepEqual(dnsOf(podOf(), { ...names, clusterDns: [] }), host)
  })
  it('are the pod’s own with None, and its dnsConfig is added to others', () => {
    const dnsConfig = {
      nameservers: ['9.9.9.9'],
      searches: ['my.org'],
      options: [{ name: 'ndots', value: '2' }, { name: 'edns0' }],
    }
    assert.deepEqual(dnsOf(podOf({ dnsPolicy: 'None', dnsConfig }), names), {
      servers: ['9.9.9.9'],
      searches: ['my.org'],
      options: ['ndots:2', 'edns0'],
    })
    const { searches, options } = dnsOf(podOf({ dnsConfig }), names)
    assert.deepEqual(
      [searches, options],
      [
        [...cluster, 'my.org'],
        ['ndots:2', 'edns0'],
      ],
    )
  })
  it('have its host name, and with a subdomain its domain', () => {
    assert.deepEqual(hostnameOf(podOf({ hostname: 'h', subdomain: 'db' }), 'cluster.local'), {
      hostname: 'h',
      domain: 'db.shop.svc.cluster.local',
    })
    assert.equal(hostnameOf(podOf({}, { metadata: { name: `${'a'.repeat(62)}-b` } }), 'x').hostname, 'a'.repeat(62))
  })
  it('stand in /etc/hosts with its aliases', () => {
    const hostAliases = [{ ip: '1.2.3.4', hostnames: ['a', 'b'] }]
    const file = hostsFile(podOf({ hostAliases, subdomain: 'db' }), ['10.244.0.9'], 'cluster.local', '')
    assert.ok(file.endsWith('10.244.0.9\tweb.db.shop.svc.cluster.local\tweb\n\n# Entries added by HostAliases.\n1.2.3.4\ta\tb\n'))
    assert.ok(file.startsWith('# Kubernetes-managed hosts file.\n127.0.0.1\tlocalhost\n'))
  })
})

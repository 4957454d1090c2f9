import assert from 'node:assert/strict'
import { PersistentVolume } from '#api/core/v1.ts'
import { VolumeAttributesClass } from '#api/storage/v1.ts'
import { absent, type TestCluster, testCluster } from './testing-cluster.ts'

describe('the protection of classes of volume attributes', () => {
  let cluster: TestCluster
  before(async () => {
    cluster = await testCluster(['n1'])
  })
  after(() => cluster.stop())

  it('keeps a class that is deleted as long as a volume has it', async () => {
    const { client } = cluster
    const gold = { namespace: '', name: 'gold' }
    const volume = { namespace: '', name: 'v' }
    await client.create(VolumeAttributesClass, {
      metadata: { name: 'gold' },
      driverName: 'd.example.com',
      parameters: { iops: '1' },
    })
    await client.create(PersistentVolume, {
      metadata: { name: 'v' },
      spec: {
        accessModes: ['ReadWriteOnce'],
        capacity: { storage: '1Gi' },
        csi: { driver: 'd.example.com', volumeHandle: 'v' },
        volumeAttributesClassName: 'gold',
      },
    })
    await client.delete(VolumeAttributesClass, gold)
    const { metadata } = await client.get(VolumeAttributesClass, gold)
    assert.ok(metadata.deletionTimestamp)
    assert.deepEqual(metadata.finalizers, ['kubernetes.io/vac-protection'])
    await client.delete(PersistentVolume, volume)
    await absent(client, PersistentVolume, volume)
    await absent(client, VolumeAttributesClass, gold)
  })
})

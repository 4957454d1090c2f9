import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { exec, pod, script, start } from './harness/pods.ts'
import { immutable, optionalUpdates, readings, twice, updates } from './harness/volumes.ts'

const source = { kind: 'configmaps', projected: false } as const

conformance('sig-storage', 'ConfigMap', {
  'should be consumable from pods in volume': readings.plain(source),
  'should be consumable from pods in volume with defaultMode set': readings.withDefaultMode(source),
  'should be consumable from pods in volume as non-root': readings.asNonRoot(source),
  'should be consumable from pods in volume with mappings': readings.mapped(source),
  'should be consumable from pods in volume with mappings and Item mode set': readings.mappedWithMode(source),
  'should be consumable from pods in volume with mappings as non-root': readings.mappedAsNonRoot(source),
  'should be consumable in multiple volumes in the same pod': twice(source),
  'updates should be reflected in volume': updates(source),
  'optional updates should be reflected in volume': optionalUpdates(source),
  'should be immutable if `immutable` field is set': immutable(source),

  'binary data should be reflected in volume': async t => {
    const binary = Buffer.from([0xde, 0xca, 0xfe, 0xba, 0xd0, 0xfe, 0xff])
    await t.of('configmaps').create({
      metadata: { name: 'data' },
      data: { 'data-1': 'value-1' },
      binaryData: { 'dump.bin': binary.toString('base64') },
    })
    const containers = [script('while :; do sleep 1; done', { volumeMounts: [{ name: 'it', mountPath: '/mnt/it' }] })]
    await start(t, pod('it', { containers, volumes: [{ name: 'it', configMap: { name: 'data' } }] }))
    assert.equal(await exec(t, 'it', ['cat', '/mnt/it/data-1']), 'value-1')
    assert.equal((await exec(t, 'it', ['hexdump', '-v', '-e', '1/1 "%02x"', '/mnt/it/dump.bin'])).trim(), binary.toString('hex'))
  },
})

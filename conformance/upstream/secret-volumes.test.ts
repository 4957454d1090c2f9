import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { output, pod, script } from './harness/pods.ts'
import { data, immutable, optionalUpdates, readings, twice } from './harness/volumes.ts'

const source = { kind: 'secrets', projected: false } as const

conformance('sig-storage', 'Secrets', {
  'should be consumable from pods in volume': readings.plain(source),
  'should be consumable from pods in volume with defaultMode set': readings.withDefaultMode(source),
  'should be consumable from pods in volume as non-root with defaultMode and fsGroup set': readings.asNonRootWithGroup(source),
  'should be consumable from pods in volume with mappings': readings.mapped(source),
  'should be consumable from pods in volume with mappings and Item Mode set': readings.mappedWithMode(source),
  'should be consumable in multiple volumes in a pod': twice(source),
  'optional updates should be reflected in volume': optionalUpdates(source),
  'should be immutable if `immutable` field is set': immutable(source),

  'should be able to mount in a volume regardless of a different secret existing with same name in different namespace':
    async t => {
      await data(t, source, 'same', { 'data-1': 'another value' }, await t.anotherNamespace())
      await data(t, source, 'same', { 'data-1': 'value-1' })
      const containers = [script('cat /mnt/it/data-1', { volumeMounts: [{ name: 'it', mountPath: '/mnt/it' }] })]
      const it = pod('it', { restartPolicy: 'Never', containers, volumes: [{ name: 'it', secret: { secretName: 'same' } }] })
      assert.equal(await output(t, it), 'value-1')
    },
})

import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { output, pod, script } from './harness/pods.ts'
import { data, optionalUpdates, readings, twice, updates } from './harness/volumes.ts'

const configMap = { kind: 'configmaps', projected: true } as const
const secret = { kind: 'secrets', projected: true } as const

conformance('sig-storage', 'Projected configMap', {
  'should be consumable from pods in volume': readings.plain(configMap),
  'should be consumable from pods in volume with defaultMode set': readings.withDefaultMode(configMap),
  'should be consumable from pods in volume as non-root': readings.asNonRoot(configMap),
  'should be consumable from pods in volume with mappings': readings.mapped(configMap),
  'should be consumable from pods in volume with mappings and Item mode set': readings.mappedWithMode(configMap),
  'should be consumable from pods in volume with mappings as non-root': readings.mappedAsNonRoot(configMap),
  'should be consumable in multiple volumes in the same pod': twice(configMap),
  'updates should be reflected in volume': updates(configMap),
  'optional updates should be reflected in volume': optionalUpdates(configMap),
})

conformance('sig-storage', 'Projected secret', {
  'should be consumable from pods in volume': readings.plain(secret),
  'should be consumable from pods in volume with defaultMode set': readings.withDefaultMode(secret),
  'should be consumable from pods in volume as non-root with defaultMode and fsGroup set': readings.asNonRootWithGroup(secret),
  'should be consumable from pods in volume with mappings': readings.mapped(secret),
  'should be consumable from pods in volume with mappings and Item Mode set': readings.mappedWithMode(secret),
  'should be consumable in multiple volumes in a pod': twice(secret),
  'optional updates should be reflected in volume': optionalUpdates(secret),
})

conformance('sig-storage', 'Projected combined', {
  'should project all components that make up the projection API [Projection]': async t => {
    await data(t, configMap, 'config', { 'configmap-data': 'configmap-value-1' })
    await data(t, secret, 'secret', { 'secret-data': 'secret-value-1' })
    const sources = [
      { downwardAPI: { items: [{ path: 'podname', fieldRef: { fieldPath: 'metadata.name' } }] } },
      { secret: { name: 'secret', items: [{ key: 'secret-data', path: 'secret-data' }] } },
      { configMap: { name: 'config', items: [{ key: 'configmap-data', path: 'configmap-data' }] } },
    ]
    const text = 'cat /all/podname; echo; cat /all/secret-data; echo; cat /all/configmap-data'
    const containers = [script(text, { volumeMounts: [{ name: 'all', mountPath: '/all' }] })]
    const it = pod('it', { restartPolicy: 'Never', containers, volumes: [{ name: 'all', projected: { sources } }] })
    assert.equal(await output(t, it), 'it\nsecret-value-1\nconfigmap-value-1')
  },
})

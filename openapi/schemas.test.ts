import assert from 'node:assert/strict'
import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import type { Schema } from '#machinery/schema.ts'
import { openFacts } from './schemas.ts'

const facts = openFacts()

const at = (schema: Schema, path: string): Schema =>
  path
    .split('.')
    .reduce<Schema>((from, name) => (from.items ?? from).properties?.[name] ?? assert.fail(`${path}: no ${name}`), schema)

const pod = facts.schema({ group: '', version: 'v1', kind: 'Pod' })!
const service = facts.schema({ group: '', version: 'v1', kind: 'Service' })!

describe('openFacts', () => {
  it('knows how lists merge', () => {
    const { type, listType, listMapKeys, patchStrategy, patchMergeKey } = at(pod, 'spec.containers')
    assert.deepEqual(
      { type, listType, listMapKeys, patchStrategy, patchMergeKey },
      { type: 'array', listType: 'map', listMapKeys: ['name'], patchStrategy: ['merge'], patchMergeKey: 'name' },
    )
    assert.deepEqual(at(pod, 'spec.containers.ports').listMapKeys, ['containerPort', 'protocol'])
    assert.deepEqual(at(pod, 'spec.volumes').patchStrategy, ['merge', 'retainKeys'])
    assert.deepEqual(at(service, 'spec.ports').listMapKeys, ['port', 'protocol'])
    assert.equal(at(pod, 'spec.containers.command').listType, 'atomic')
    assert.equal(at(pod, 'metadata.finalizers').listType, 'set')
    assert.equal(at(pod, 'spec.nodeSelector').mapType, 'atomic')
    assert.equal(at(pod, 'spec.topologySpreadConstraints.labelSelector').mapType, 'atomic')
  })

  it('knows the types that JSON writes in a way of their own', () => {
    assert.equal(at(service, 'spec.ports.targetPort').intOrString, true)
    assert.equal(at(pod, 'metadata.creationTimestamp').format, 'date-time')
    assert.equal(at(facts.schema({ group: '', version: 'v1', kind: 'Secret' })!, 'data').additionalProperties?.format, 'byte')
    assert.equal(at(pod, 'spec.containers.resources.limits').additionalProperties?.goType, 'resource.Quantity')
    const lease = facts.schema({ group: 'coordination.k8s.io', version: 'v1', kind: 'Lease' })!
    assert.equal(at(lease, 'spec.renewTime').goType, 'v1.MicroTime')
  })

  it('knows what is always written, what is required and what may be said', () => {
    assert.equal(at(pod, 'spec.containers.ports.protocol').default, 'TCP')
    assert.deepEqual(at(pod, 'spec.containers.resources').default, {})
    assert.equal(at(pod, 'spec.containers.livenessProbe').default, undefined)
    assert.deepEqual(at(pod, 'spec').required, ['containers'])
    assert.deepEqual(at(pod, 'spec.restartPolicy').enum, ['Always', 'Never', 'OnFailure'])
  })

  it('names types as Go does', () => {
    assert.equal(pod.goType, 'v1.Pod')
    assert.equal(at(pod, 'spec').goType, 'v1.PodSpec')
    assert.equal(at(pod, 'spec.containers').items?.goType, 'v1.Container')
  })

  it('takes the members of inlined structs as the type’s own', () => {
    assert.ok(at(pod, 'spec.volumes.emptyDir'))
    assert.ok(at(pod, 'spec.containers.livenessProbe.httpGet'))
    assert.ok(at(pod, 'apiVersion'))
  })

  it('has properties without a prototype, and types that contain themselves', () => {
    assert.equal(Object.getPrototypeOf(pod.properties), null)
    const crd = facts.schema({ group: 'apiextensions.k8s.io', version: 'v1', kind: 'CustomResourceDefinition' })!
    const props = at(crd, 'spec.versions.schema.openAPIV3Schema')
    assert.equal(props.properties?.not?.properties, props.properties)
  })

  it('finds kinds that belong to every group in any, and nothing for kinds it does not know', () => {
    assert.equal(facts.schema({ group: 'apps', version: 'v1', kind: 'DeleteOptions' })?.goType, 'v1.DeleteOptions')
    assert.equal(facts.schema({ group: 'example.com', version: 'v1', kind: 'Thing' }), undefined)
    assert.equal(facts.schema({ group: '', version: 'v1', kind: 'constructor' }), undefined)
  })

  it('has the fields that client-node has, in every type both know', () => {
    const models = fileURLToPath(new URL('gen/models/', import.meta.resolve('@kubernetes/client-node')))
    // Of a name that several groups have, client-node may mean any.
    const names = facts
      .files()
      .flatMap(name => Object.keys(facts.file(name)!.types).map(type => capital(name.split('.')[1]!) + type))
    let compared = 0
    for (const name of facts.files()) {
      const [folder, version] = name.split('.') as [string, string]
      for (const [type, fact] of Object.entries(facts.file(name)!.types)) {
        const own = `${capital(version)}${type}`
        const path = [own, capital(folder) + own].map(each => `${models}${each}.js`).find(each => existsSync(each))
        if (!fact.fields || !path || names.filter(each => each === own).length > 1) continue
        const theirs = [...readFileSync(path, 'utf8').matchAll(/"baseName": "(.*)"/g)].map(([, field]) => field!)
        const ours = Object.keys(facts.typeSchema(`${name}.${type}`)!.properties!)
        assert.deepEqual(ours.sort(), theirs.sort(), `${name}.${type}`)
        compared++
      }
    }
    assert.ok(compared > 500, `compared ${compared} types`)
  })
})

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

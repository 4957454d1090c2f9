import assert from 'node:assert/strict'
import type { OpenAPIV3 } from 'openapi-types'
import { Deployment } from '#api/apps/v1.ts'
import { Node, Pod } from '#api/core/v1.ts'
import { openDescriptions } from './descriptions.ts'
import { openFacts } from './schemas.ts'
import type { Served } from './served.ts'
import { documentV2 } from './v2.ts'
import { documentV3 } from './v3.ts'

const facts = openFacts()
const describeType = openDescriptions()
const verbs = ['create', 'delete', 'deletecollection', 'get', 'list', 'patch', 'update', 'watch']
const pods: Served = {
  kind: Pod,
  verbs,
  returnsDeleted: true,
  subresources: {
    status: { verbs: ['get', 'patch', 'update'] },
    log: { verbs: ['get'] },
    exec: { kind: { group: '', version: 'v1', kind: 'PodExecOptions' }, verbs: ['create', 'get'] },
    eviction: { kind: { group: 'policy', version: 'v1', kind: 'Eviction' }, verbs: ['create'] },
  },
}
const deployments: Served = {
  kind: Deployment,
  verbs,
  subresources: { scale: { kind: { group: 'autoscaling', version: 'v1', kind: 'Scale' }, verbs: ['get', 'patch', 'update'] } },
}

type Extended<T> = T & Record<`x-kubernetes-${string}`, unknown>
type Schemas = Record<string, Extended<OpenAPIV3.NonArraySchemaObject>>

const core = documentV3({ group: '', version: 'v1' }, [pods, { kind: Node, verbs }], facts, describeType)
const schemas = core.components!.schemas as Schemas
const namesOf = (parameters: OpenAPIV3.OperationObject['parameters']): string[] =>
  (parameters as OpenAPIV3.ParameterObject[]).map(({ name }) => name)

describe('the OpenAPI v3 document of a group and version', () => {
  it('says that a patch takes fieldValidation, which is what kubectl looks for before it trusts the server to validate', () => {
    const item = core.paths['/api/v1/namespaces/{namespace}/pods/{name}']!
    const patch = item.patch as Extended<OpenAPIV3.OperationObject>
    assert.equal(patch.operationId, 'patchCoreV1NamespacedPod')
    assert.deepEqual(namesOf(patch.parameters), ['dryRun', 'fieldManager', 'fieldValidation', 'force'])
    assert.deepEqual(namesOf(item.parameters), ['name', 'namespace', 'pretty'])
    assert.equal(patch['x-kubernetes-action'], 'patch')
    assert.deepEqual(patch['x-kubernetes-group-version-kind'], { group: '', kind: 'Pod', version: 'v1' })
  })

  it('names operations as upstream does', () => {
    const ids = Object.values(core.paths).flatMap(item =>
      ['get', 'post', 'put', 'patch', 'delete'].flatMap(method => item?.[method as 'get']?.operationId ?? []),
    )
    for (const id of [
      'createCoreV1NamespacedPod',
      'listCoreV1NamespacedPod',
      'listCoreV1PodForAllNamespaces',
      'deleteCoreV1CollectionNamespacedPod',
      'replaceCoreV1NamespacedPodStatus',
      'readCoreV1NamespacedPodLog',
      'connectCoreV1PostNamespacedPodExec',
      'createCoreV1NamespacedPodEviction',
      'watchCoreV1NamespacedPodList',
      'watchCoreV1PodListForAllNamespaces',
      'readCoreV1Node',
      'getCoreV1APIResources',
    ]) {
      assert.ok(ids.includes(id), id)
    }
    assert.equal(new Set(ids).size, ids.length)
  })

  it('tells how lists merge, what is default, and what a model is', () => {
    const containers = schemas['io.k8s.api.core.v1.PodSpec']!.properties!.containers as Extended<OpenAPIV3.ArraySchemaObject>
    assert.equal(containers['x-kubernetes-patch-merge-key'], 'name')
    assert.equal(containers['x-kubernetes-patch-strategy'], 'merge')
    assert.deepEqual(containers.items, { allOf: [{ $ref: '#/components/schemas/io.k8s.api.core.v1.Container' }], default: {} })
    assert.deepEqual(schemas['io.k8s.api.core.v1.Pod']!['x-kubernetes-group-version-kind'], [
      { group: '', kind: 'Pod', version: 'v1' },
    ])
    const port = schemas['io.k8s.api.core.v1.ContainerPort']!
    assert.deepEqual(port.required, ['containerPort'])
    assert.equal((port.properties!.protocol as OpenAPIV3.SchemaObject).default, 'TCP')
  })

  it('has every model that it refers to, and no other', () => {
    const text = JSON.stringify(core)
    const referred = new Set([...text.matchAll(/"#\/components\/schemas\/([^"]+)"/g)].map(([, name]) => name!))
    assert.deepEqual([...referred].sort(), Object.keys(schemas).sort())
  })

  it('describes types and fields in upstream’s words where client-node is installed, and says nothing where it is not', () => {
    const image = schemas['io.k8s.api.core.v1.Container']!.properties!.image as OpenAPIV3.SchemaObject
    assert.match(image.description!, /^Container image name\./)
    assert.match(schemas['io.k8s.api.core.v1.Pod']!.description!, /^Pod is a collection of containers/)
    const silent = documentV3({ group: '', version: 'v1' }, [pods], facts, openDescriptions('/nowhere'))
    assert.equal((silent.components!.schemas as Schemas)['io.k8s.api.core.v1.Pod']!.description, undefined)
  })

  it('brings along the types of other groups that subresources speak', () => {
    const apps = documentV3({ group: 'apps', version: 'v1' }, [deployments], facts, describeType)
    assert.ok(apps.components!.schemas!['io.k8s.api.autoscaling.v1.Scale'])
    assert.equal(
      apps.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale']!.put!.operationId,
      'replaceAppsV1NamespacedDeploymentScale',
    )
  })
})

describe('the OpenAPI v2 document', () => {
  const document = documentV2([pods, deployments], facts, describeType)

  it('tells of all groups at once', () => {
    assert.ok(document.paths['/api/v1/namespaces/{namespace}/pods/{name}'])
    assert.ok(document.paths['/apis/apps/v1/namespaces/{namespace}/deployments/{name}/scale'])
    assert.ok(document.definitions!['io.k8s.api.apps.v1.Deployment'])
  })

  it('lets a reference have neighbours, and has no defaults', () => {
    const spec = document.definitions!['io.k8s.api.core.v1.Pod']!.properties!.spec!
    assert.equal(spec.$ref, '#/definitions/io.k8s.api.core.v1.PodSpec')
    assert.ok(!JSON.stringify(document).includes('"default":'))
  })

  it('says that a patch takes fieldValidation', () => {
    const { parameters = [], consumes } = document.paths['/api/v1/namespaces/{namespace}/pods/{name}']!.patch!
    assert.ok(parameters.some(parameter => 'name' in parameter && parameter.name === 'fieldValidation'))
    assert.ok(consumes?.includes('application/apply-patch+yaml'))
  })
})

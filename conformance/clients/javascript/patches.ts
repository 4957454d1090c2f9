import { PatchStrategy, setHeaderOptions, type V1ConfigMap } from '@kubernetes/client-node'
import type { Steps } from './clients.ts'
import { deployment } from './deployments.ts'
import { expect, refused } from './steps.ts'

const as = (strategy: PatchStrategy) => setHeaderOptions('Content-Type', strategy)

/** Patches of all types, and the status subresource. */
export const patches: Steps = {
  async 'json patch'(c) {
    const { namespace, core } = c
    const name = 'json-patch'
    await c.make(name, { a: '1', b: '2' })
    const body = [
      { op: 'test', path: '/data/a', value: '1' },
      { op: 'replace', path: '/data/a', value: '3' },
      { op: 'remove', path: '/data/b' },
    ]
    const { data } = await core.patchNamespacedConfigMap({ namespace, name, body }, as(PatchStrategy.JsonPatch))
    expect('data', data, { a: '3' })
    const { code } = await refused(core.patchNamespacedConfigMap({ namespace, name, body }, as(PatchStrategy.JsonPatch)))
    expect('a test that does not hold', code, 422)
  },

  async 'merge patch'(c) {
    const { namespace, core } = c
    const name = 'merge-patch'
    await c.make(name, { a: '1', b: '2' })
    const body = { data: { a: null, c: '3' } }
    const { data } = await core.patchNamespacedConfigMap({ namespace, name, body }, as(PatchStrategy.MergePatch))
    expect('data', data, { b: '2', c: '3' })
  },

  /** Merges a list by its key: the container stays, and gets a sister. */
  async 'strategic merge patch'({ namespace, apps }) {
    const name = 'strategic'
    await apps.createNamespacedDeployment({ namespace, body: deployment(name, 0) })
    const containers = [
      { name: 'app', env: [{ name: 'A', value: '1' }] },
      { name: 'sister', image: 'none' },
    ]
    const body = { spec: { template: { spec: { containers } } } }
    const got = await apps.patchNamespacedDeployment({ namespace, name, body }, as(PatchStrategy.StrategicMergePatch))
    const merged = got.spec?.template.spec?.containers ?? []
    const app = merged.find(each => each.name === 'app')
    expect('containers', merged.map(each => each.name).sort(), ['app', 'sister'])
    expect('command of the old one', app?.command, ['sleep', '3600'])
    expect('its variables', app?.env?.length, 1)
    await apps.deleteNamespacedDeployment({ namespace, name })
  },

  /** Makes an object by server-side apply, and has two managers quarrel over a field. */
  async apply({ namespace, dynamic }) {
    const applied = (value: string, manager: string, force = false): Promise<V1ConfigMap> => {
      const body = { apiVersion: 'v1', kind: 'ConfigMap', metadata: { namespace, name: 'applied' }, data: { a: value } }
      return dynamic.patch(body, undefined, undefined, manager, force, PatchStrategy.ServerSideApply)
    }
    const { metadata } = await applied('1', 'one')
    expect(
      'managers',
      metadata?.managedFields?.map(each => [each.manager, each.operation]),
      [['one', 'Apply']],
    )
    const { code } = await refused(applied('2', 'two'))
    expect('another manager’s value', code, 409)
    const { data } = await applied('2', 'two', true)
    expect('forced', data, { a: '2' })
  },

  /** Writes the status of a Service: what is sent of its spec does not count. */
  async status({ namespace, core }) {
    const spec = { ports: [{ port: 80 }], selector: { app: 'none' } }
    const service = await core.createNamespacedService({ namespace, body: { metadata: { name: 'status' }, spec } })
    const now = new Date()
    service.status = { conditions: [{ type: 'Toured', status: 'True', reason: 'Tour', message: '', lastTransitionTime: now }] }
    service.spec!.selector = { app: 'other' }
    await core.replaceNamespacedServiceStatus({ namespace, name: 'status', body: service })
    const got = await core.readNamespacedService({ namespace, name: 'status' })
    expect(
      'conditions',
      got.status?.conditions?.map(each => each.type),
      ['Toured'],
    )
    expect('selector', got.spec?.selector, { app: 'none' })
  },
}

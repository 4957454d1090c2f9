import { type KubernetesObject, makeInformer, type V1ConfigMap, type V1Deployment, Watch } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Clients, Steps } from './clients.ts'
import { expect, refused } from './steps.ts'

/** Objects, typed and not: create, get, list, watch, follow, update, delete. */
export const objects: Steps = {
  async typed(c) {
    const { namespace, core } = c
    const made = await c.make('typed', { a: '1' })
    const got = await core.readNamespacedConfigMap({ namespace, name: 'typed' })
    const { items } = await core.listNamespacedConfigMap({ namespace, fieldSelector: 'metadata.name=typed' })
    expect('uid', got.metadata?.uid, made.metadata?.uid)
    expect('data', got.data, { a: '1' })
    expect('selected', items.length, 1)
  },

  /** Finds the resource of a kind by discovery, as a program does that knows no types. */
  async dynamic({ namespace, dynamic }) {
    const labels = { app: 'dynamic' }
    const spec = { containers: [{ name: 'app', image: 'none' }] }
    const header = { apiVersion: 'apps/v1', kind: 'Deployment', metadata: { namespace, name: 'dynamic' } }
    const wanted = {
      ...header,
      spec: { replicas: 0, selector: { matchLabels: labels }, template: { metadata: { labels }, spec } },
    }
    await dynamic.create<KubernetesObject>(wanted)
    const got = await dynamic.read<V1Deployment>(header)
    expect('default strategy', got.spec?.strategy?.type, 'RollingUpdate')
    expect('listed', (await dynamic.list('apps/v1', 'Deployment', namespace)).items.length, 1)
    await dynamic.delete(header)
  },

  async pages(c) {
    const { namespace, core } = c
    for (let n = 0; n < 5; n++) await c.make(`page-${n}`, {}, { step: 'pages' })
    const { metadata } = await core.listNamespacedConfigMap({ namespace, limit: 2 })
    expect('remaining is told', (metadata?.remainingItemCount ?? 0) > 0, true)
    const names: (string | undefined)[] = []
    let pages = 0
    for (let _continue: string | undefined = ''; pages === 0 || _continue; pages++) {
      const page = await core.listNamespacedConfigMap({
        namespace,
        labelSelector: 'step=pages',
        limit: 2,
        ...(_continue && { _continue }),
      })
      names.push(...page.items.map(each => each.metadata?.name))
      _continue = page.metadata?._continue
    }
    expect('pages', pages, 3)
    expect('items', names, ['page-0', 'page-1', 'page-2', 'page-3', 'page-4'])
  },

  async watch(c) {
    const { namespace, core } = c
    const { metadata } = await core.listNamespacedConfigMap({ namespace })
    const seen: string[] = []
    const query = { resourceVersion: metadata?.resourceVersion, fieldSelector: 'metadata.name=watched' }
    const ended = Promise.withResolvers<void>()
    const stop = await new Watch(c.config).watch(
      pathOf(c),
      query,
      phase => seen.push(phase),
      () => ended.resolve(),
    )
    const made = await c.make('watched')
    await core.replaceNamespacedConfigMap({ namespace, name: 'watched', body: { ...made, data: { a: '2' } } })
    await core.deleteNamespacedConfigMap({ namespace, name: 'watched' })
    await eventually(() => expect('events', seen, ['ADDED', 'MODIFIED', 'DELETED']))
    stop.abort()
    await ended.promise
  },

  /** Follows ConfigMaps through watches that the server ends after a second each, and resumes where each ended. */
  async informer(c) {
    const { namespace, core } = c
    let connects = 0
    const removed: (string | undefined)[] = []
    const list = () => core.listNamespacedConfigMap({ namespace })
    const informer = makeInformer<V1ConfigMap>(c.config, `${pathOf(c)}?timeoutSeconds=1`, list)
    informer.on('connect', () => void connects++)
    informer.on('delete', ({ metadata }) => void removed.push(metadata?.name))
    await informer.start()
    try {
      await c.make('before-the-end')
      await eventually(() => expect('known', informer.get('before-the-end', namespace) !== undefined, true))
      await eventually(() => expect('three watches', connects >= 3, true))
      await c.make('after-the-end')
      await core.deleteNamespacedConfigMap({ namespace, name: 'before-the-end' })
      await eventually(() => expect('known', informer.get('after-the-end', namespace) !== undefined, true))
      await eventually(() => expect('removed', removed, ['before-the-end']))
    } finally {
      await informer.stop()
    }
  },

  /** Updates what somebody else has updated since: refused, and done by trying again. */
  async conflict(c) {
    const { namespace, core } = c
    const name = 'conflict'
    const stale = await c.make(name, { n: '0' })
    await core.replaceNamespacedConfigMap({ namespace, name, body: { ...stale, data: { ...stale.data, other: 'here' } } })
    const { code, reason } = await refused(core.replaceNamespacedConfigMap({ namespace, name, body: stale }))
    expect('a stale update', [code, reason], [409, 'Conflict'])
    const { data } = await eventually(async () => {
      const fresh = await core.readNamespacedConfigMap({ namespace, name })
      return core.replaceNamespacedConfigMap({ namespace, name, body: { ...fresh, data: { ...fresh.data, n: '1' } } })
    })
    expect('data', data, { n: '1', other: 'here' })
  },

  async deletecollection(c) {
    const { namespace, core } = c
    for (const name of ['one', 'two']) await c.make(`collected-${name}`, {}, { step: 'collected' })
    await core.deleteCollectionNamespacedConfigMap({ namespace, labelSelector: 'step=collected' })
    const { items } = await core.listNamespacedConfigMap({ namespace, labelSelector: 'step=collected' })
    expect('left', items, [])
    await core.readNamespacedConfigMap({ namespace, name: 'typed' })
  },
}

const pathOf = ({ namespace }: Clients): string => `/api/v1/namespaces/${namespace}/configmaps`

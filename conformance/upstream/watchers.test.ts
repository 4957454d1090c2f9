import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import type { V1ConfigMap } from '@kubernetes/client-node'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import type { Refusal } from './harness/http.ts'
import type { Wire } from './harness/kinds.ts'
import { template } from './harness/pods.ts'
import type { Trial } from './harness/trial.ts'
import type { Watching } from './harness/watching.ts'

type ConfigMap = Wire<V1ConfigMap>

const key = 'watch-this-configmap'

const watch = (t: Trial, labels: string, resourceVersion?: string): Promise<Watching<ConfigMap>> => {
  const watching = t.of('configmaps').watch({ labelSelector: `${key} in (${labels})`, resourceVersion })
  t.defer(() => watching.stop())
  return watching.begun()
}

const create = (t: Trial, name: string, label: string): Promise<ConfigMap> =>
  t.of('configmaps').create({ metadata: { name, labels: { [key]: label } } })

const mutate = (t: Trial, name: string, mutation: string): Promise<ConfigMap> =>
  t.of('configmaps').change(name, it => {
    it.data = { ...it.data, mutation }
  })

const relabel = (t: Trial, name: string, label: string): Promise<ConfigMap> =>
  t.of('configmaps').change(name, it => {
    it.metadata!.labels![key] = label
  })

/** Waits until each of the watches has seen just this version of the object. */
async function see(watches: Watching<ConfigMap>[], type: string, object?: ConfigMap): Promise<void> {
  for (const each of watches)
    await each.until(type, it => !object || it.metadata?.resourceVersion === object.metadata?.resourceVersion)
}

conformance('sig-api-machinery', 'Watchers', {
  'should observe add, update, and delete watch notifications on configmaps': async t => {
    const [a, b, ab] = [await watch(t, 'a'), await watch(t, 'b'), await watch(t, 'a,b')]
    await see([a, ab], 'ADDED', await create(t, 'one', 'a'))
    await see([a, ab], 'MODIFIED', await mutate(t, 'one', '1'))
    await see([a, ab], 'MODIFIED', await mutate(t, 'one', '2'))
    await t.of('configmaps').delete('one')
    await see([a, ab], 'DELETED')
    await see([b, ab], 'ADDED', await create(t, 'two', 'b'))
    await t.of('configmaps').delete('two')
    await see([b, ab], 'DELETED')
    assert.deepEqual(
      a.news.map(({ type, object }) => [type, object.metadata?.name]),
      ['ADDED', 'MODIFIED', 'MODIFIED', 'DELETED'].map(type => [type, 'one']),
    )
    assert.ok(b.news.every(({ object }) => object.metadata?.name === 'two'))
  },

  'should be able to start watching from a specific resource version': async t => {
    await create(t, 'it', 'version')
    const first = await mutate(t, 'it', '1')
    const second = await mutate(t, 'it', '2')
    await t.of('configmaps').delete('it')
    const watching = await watch(t, 'version', first.metadata?.resourceVersion)
    await see([watching], 'MODIFIED', second)
    await see([watching], 'DELETED')
    assert.deepEqual(
      watching.news.map(({ type }) => type),
      ['MODIFIED', 'DELETED'],
    )
  },

  'should be able to restart watching from the last resource version observed by the previous watch': async t => {
    const broken = await watch(t, 'restart')
    await see([broken], 'ADDED', await create(t, 'it', 'restart'))
    await mutate(t, 'it', '1')
    const last = await broken.until('MODIFIED')
    await broken.stop()
    const second = await mutate(t, 'it', '2')
    const restarted = await watch(t, 'restart', last.metadata?.resourceVersion)
    await t.of('configmaps').delete('it')
    await see([restarted], 'MODIFIED', second)
    await see([restarted], 'DELETED')
    assert.deepEqual(
      restarted.news.map(({ type }) => type),
      ['MODIFIED', 'DELETED'],
    )
  },

  'should observe an object deletion if it stops meeting the requirements of the selector': async t => {
    const watching = await watch(t, 'wanted')
    await see([watching], 'ADDED', await create(t, 'it', 'wanted'))
    await see([watching], 'MODIFIED', await mutate(t, 'it', '1'))
    await relabel(t, 'it', 'wrong-value')
    await see([watching], 'DELETED')
    await mutate(t, 'it', '2')
    await sleep(1000)
    assert.equal(watching.news.length, 3)
    await see([watching], 'ADDED', await relabel(t, 'it', 'wanted'))
    await see([watching], 'MODIFIED', await mutate(t, 'it', '3'))
    await t.of('configmaps').delete('it')
    await see([watching], 'DELETED')
  },

  // Upstream opens 100 watches; 40 tell as much.
  'should receive events on concurrent watches in same order': async t => {
    let { resourceVersion } = (await t.of('configmaps').list()).metadata
    let stopped = false
    const produced = produce(t, () => stopped)
    const watches: Watching<ConfigMap>[] = []
    for (let round = 0; round < 40; round++) {
      const watching = t.of('configmaps').watch({ resourceVersion })
      t.defer(() => watching.stop())
      watches.push(watching)
      const versions = await Promise.all(watches.map(each => next(each)))
      resourceVersion = versions[0]!
      assert.deepEqual(
        versions,
        versions.map(() => resourceVersion),
      )
    }
    stopped = true
    await produced
  },
})

/** The version of the next object of whatever type. */
const next = async (watching: Watching<ConfigMap>): Promise<string> => (await watching.next()).object.metadata!.resourceVersion!

/** Creates, changes and deletes ConfigMaps until it is told to stop. */
async function produce(t: Trial, isStopped: () => boolean): Promise<void> {
  const names: string[] = []
  for (let round = 0; !isStopped(); round++) {
    await sleep(5)
    const which = names[Math.floor(Math.random() * names.length)]
    const dice = Math.floor(Math.random() * 3)
    if (dice === 0 || !which) await t.of('configmaps').create({ metadata: { name: names[names.push(`it-${round}`) - 1]! } })
    else if (dice === 1) await mutate(t, which, `${round}`)
    else await t.of('configmaps').delete(names.splice(names.indexOf(which), 1)[0]!)
  }
}

const total = 400

async function manyTemplates(t: Trial): Promise<void> {
  for (let from = 0; from < total; from += 20)
    await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        t.of('podtemplates').create({ metadata: { name: nameOf(from + index) }, template: template() }),
      ),
    )
}

const nameOf = (ordinal: number): string => `template-${`${ordinal}`.padStart(4, '0')}`

conformance('sig-api-machinery', 'Servers with support for API chunking', {
  'should return chunks of results for list calls': async t => {
    await manyTemplates(t)
    for (let round = 0; round < 3; round++) {
      let found = 0
      let version: string | undefined
      let token: string | undefined
      do {
        const { items, metadata } = await t.of('podtemplates').list({ limit: 17, continue: token })
        assert.ok(items.length <= 17)
        version ??= metadata.resourceVersion
        assert.equal(metadata.resourceVersion, version)
        token = metadata.continue
        assert.equal(metadata.remainingItemCount, token ? total - items.length - found : undefined)
        for (const item of items) assert.equal(item.metadata?.name, nameOf(found++))
      } while (token)
      assert.equal(found, total)
    }
    assert.equal((await t.of('podtemplates').list({ limit: total + 1 })).items.length, total)
  },
  'should support continue listing from the last key if the original version has been compacted away, though the list is inconsistent':
    async t => {
      await manyTemplates(t)
      const limit = total / 10
      const templates = t.of('podtemplates')
      const first = await templates.list({ limit })
      const token = first.metadata.continue
      assert.ok(token)
      const names = (items: readonly { metadata?: { name?: string } }[]) => items.map(({ metadata }) => metadata?.name)
      const expected = Array.from({ length: total }, (_, ordinal) => nameOf(ordinal))
      assert.deepEqual(names(first.items), expected.slice(0, limit))

      const expired = await eventually(async () => {
        await sleep(2000)
        // History is only forgotten where something is written.
        await t.of('configmaps').create({ metadata: { generateName: 'later-' } })
        const page = templates.list({ limit, continue: token })
        const refusal = await page.then(
          () => undefined,
          (thrown: Refusal) => thrown,
        )
        assert.ok(refusal)
        return refusal
      }, 170_000)
      assert.deepEqual([expired.code, expired.reason], [410, 'Expired'])
      const inconsistent = expired.status.metadata?.continue
      assert.ok(inconsistent)

      const second = await templates.list({ limit, continue: inconsistent })
      assert.notEqual(second.metadata.resourceVersion, first.metadata.resourceVersion)
      assert.deepEqual(names(second.items), expected.slice(limit, 2 * limit))
      const found: unknown[] = []
      for (let rest = second.metadata.continue; rest; ) {
        const page = await templates.list({ limit, continue: rest })
        assert.equal(page.metadata.resourceVersion, second.metadata.resourceVersion)
        found.push(...names(page.items))
        rest = page.metadata.continue
      }
      assert.deepEqual(found, expected.slice(2 * limit))
    },
})

conformance('sig-api-machinery', 'Servers with support for Table transformation', {
  'should return a 406 for a backend which does not implement metadata': async t => {
    const body = {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SelfSubjectAccessReview',
      spec: { nonResourceAttributes: { path: '/', verb: 'get' } },
    }
    const headers = { accept: 'application/json;as=Table;v=v1;g=meta.k8s.io' }
    const asked = t.http.send('POST', '/apis/authorization.k8s.io/v1/selfsubjectaccessreviews', { body, headers })
    await assert.rejects(asked, (error: Refusal) => error.code === 406)
  },
})

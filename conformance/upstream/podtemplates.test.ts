import assert from 'node:assert/strict'
import { conformance } from './harness/conformance.ts'
import { template } from './harness/pods.ts'

conformance('sig-node', 'PodTemplates', {
  'should run the lifecycle of PodTemplates': async t => {
    const [here, everywhere] = [t.of('podtemplates'), t.of('podtemplates', '')]
    const selector = `podtemplate-static=${t.namespace}`
    assert.deepEqual(await everywhere.items(selector), [])
    await here.create({ metadata: { name: 'nginx', labels: { 'podtemplate-static': t.namespace } }, template: template() })
    const created = await here.get('nginx')
    assert.equal(created.metadata?.name, 'nginx')
    const patched = await here.patch('nginx', { metadata: { labels: { podtemplate: 'patched' } } }, { type: 'strategic' })
    assert.ok(BigInt(created.metadata!.resourceVersion!) < BigInt(patched.metadata!.resourceVersion!))
    assert.equal((await here.get('nginx')).metadata?.labels?.podtemplate, 'patched')
    await here.delete('nginx')
    assert.deepEqual(await everywhere.items(selector), [])
  },

  'should delete a collection of pod templates': async t => {
    const templates = t.of('podtemplates')
    const labels = { 'podtemplate-set': 'true' }
    for (const name of ['test-podtemplate-1', 'test-podtemplate-2', 'test-podtemplate-3'])
      await templates.create({ metadata: { name, labels }, template: template() })
    assert.equal((await templates.items('podtemplate-set=true')).length, 3)
    await templates.deleteCollection('podtemplate-set=true')
    assert.deepEqual(await templates.items('podtemplate-set=true'), [])
  },

  'should replace a pod template': async t => {
    const templates = t.of('podtemplates')
    await templates.create({ metadata: { name: 'it' }, template: template() })
    const updated = await templates.change('it', it => {
      it.metadata!.annotations = { updated: 'true' }
    })
    assert.deepEqual(updated.metadata?.annotations, { updated: 'true' })
  },
})

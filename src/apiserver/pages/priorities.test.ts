import assert from 'node:assert/strict'
import { byPriority, byVersion } from './priorities.ts'

describe('the priorities of groups and versions', () => {
  it('put stable versions first, and newer ones', () => {
    const sorted = ['v10', 'v2', 'v1', 'v11beta2', 'v10beta3', 'v3beta1', 'v12alpha1', 'v11alpha2', 'foo1', 'foo10']
    assert.deepEqual(sorted.toSorted().toSorted(byVersion), sorted)
    assert.deepEqual(sorted.toReversed().toSorted(byVersion), sorted)
  })

  it('put core before apps, built-in groups before others, and those in the order of their names', () => {
    const sorted = ['', 'apps', 'batch', 'resource.k8s.io', 'a.example.com', 'b.example.com']
    const all = sorted.map(group => ({ group, version: 'v1' }))
    assert.deepEqual(all.toReversed().toSorted(byPriority), all)
  })
})

import assert from 'node:assert/strict'
import { identical } from '#machinery/equality.ts'
import { applied } from './apply.ts'
import { paths } from './conflict.ts'
import type { Members } from './form.ts'
import type { Managers } from './managers.ts'
import { shape } from './testing-schema.ts'
import { updated } from './update.ts'
import type { Versions, Writer } from './versions.ts'

/** Two versions of one kind: in v2 the name is called title. v0 is one that was, and is no more. */
const versions: Versions = {
  schema: version => (version === 'v2' ? { ...shape, properties: { ...shape.properties, title: { type: 'string' } } } : shape),
  convert(object, version) {
    if (version === 'v0') return undefined
    if (object.apiVersion === version) return object
    const { name, title, ...rest } = object
    const said = title ?? name
    return { ...rest, apiVersion: version, ...(said !== undefined && { [version === 'v2' ? 'title' : 'name']: said }) }
  },
}

/** An object whose life a test tells. */
class Subject {
  object: Members = { apiVersion: 'v1' }
  managers: Managers = new Map()
  #second = 0

  /** Applies; gives the conflicts, which are forced only where that is asked for. */
  apply(manager: string, config: Members, { force = false, version = 'v1' } = {}): string[] {
    const live = versions.convert(this.object, version)!
    const result = applied(live, { apiVersion: version, ...config }, this.managers, this.#writer(manager, version), versions)
    const conflicts = result.conflicts.flatMap(({ manager: { manager: by }, fields }) => [...paths(fields, `${by} `)])
    if (conflicts.length > 0 && !force) return conflicts
    this.object = versions.convert(withoutNulls(result.object), 'v1')!
    this.managers = result.managers
    return conflicts
  }

  update(manager: string, change: Members, version = 'v1'): void {
    const before = versions.convert(this.object, version)!
    const after = withoutNulls({ ...before, ...change })
    this.managers = updated(this.managers, before, after, this.#writer(manager, version), versions)
    this.object = versions.convert(after, 'v1')!
  }

  get owners(): Record<string, string> {
    const owned = [...this.managers.values()].map(each => [
      `${each.manager} ${each.operation} ${each.apiVersion}`,
      [...paths(each.fieldsV1, '')].join(' '),
    ])
    return Object.fromEntries(owned)
  }

  get state(): Members {
    const { apiVersion: _, ...rest } = this.object
    return rest
  }

  #writer(manager: string, apiVersion: string): Writer {
    return { manager, apiVersion, subresource: '', time: `2026-01-01T00:00:${this.#second++}Z`, writes: set => set }
  }
}

const withoutNulls = (object: Members): Members =>
  Object.fromEntries(Object.entries(object).filter(([, value]) => value !== null && value !== undefined))

describe('appliers of one object', () => {
  let subject: Subject
  beforeEach(() => {
    subject = new Subject()
  })

  it('quarrel over different values, and agree on the same', () => {
    subject.apply('a', { name: 'x', count: 1 })
    assert.deepEqual(subject.apply('b', { name: 'y', count: 1 }), ['a .name'])
    assert.deepEqual(subject.apply('b', { name: 'x' }), [])
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count .name', 'b Apply v1': '.name' })
    assert.deepEqual(subject.apply('a', { name: 'z' }), ['b .name'], 'who shares a field may not change it alone')
  })

  it('take a field by force, and then it is theirs alone', () => {
    subject.apply('a', { name: 'x', count: 1 })
    assert.deepEqual(subject.apply('b', { name: 'y' }, { force: true }), ['a .name'])
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count', 'b Apply v1': '.name' })
  })

  it('take away what they no longer say, if nobody else says it', () => {
    subject.apply('a', { labels: { a: '1', b: '1' }, set: ['x', 'y'], struct: { a: 1, b: { c: 1 } } })
    subject.apply('b', { labels: { b: '1' }, set: ['y'], struct: { b: { c: 1 } } })
    subject.apply('a', { name: 'only' })
    assert.deepEqual(subject.state, { labels: { b: '1' }, set: ['y'], struct: { b: { c: 1 } }, name: 'only' })
    subject.apply('b', {})
    assert.deepEqual(subject.state, { name: 'only' })
    assert.deepEqual(subject.owners, { 'a Apply v1': '.name' })
  })

  it('leave what an updater owns', () => {
    subject.apply('a', { labels: { a: '1' } })
    subject.update('u', { labels: { a: '1', u: '1' } })
    subject.apply('a', {})
    assert.deepEqual(subject.state, { labels: { u: '1' } })
  })

  it('leave an item standing as long as somebody else applies anything in it; what an update put into it does not hold it', () => {
    const items = [{ name: 'i', value: 1 }, { name: 'j' }]
    subject.apply('a', { items })
    subject.apply('b', { items: [{ name: 'i', tags: ['t'] }] })
    subject.update('u', {
      items: [
        { ...items[0], tags: ['t'] },
        { name: 'j', value: 2 },
      ],
    })
    subject.apply('a', {})
    assert.deepEqual(subject.state, { items: [{ name: 'i', tags: ['t'] }] })
    assert.deepEqual(subject.owners, { 'b Apply v1': '.items[name="i"] .items[name="i"].name .items[name="i"].tags[="t"]' })
  })

  it('let an item go that was theirs and whose fields were all theirs', () => {
    subject.apply('a', { items: [{ name: 'i', inner: { x: 1, y: 2 } }] })
    subject.apply('a', { items: [] })
    assert.deepEqual(subject.state, {})
  })

  it('lose what an update changes or takes away', () => {
    subject.apply('a', { name: 'x', count: 1, labels: { a: '1' } })
    subject.update('u', { name: 'y', labels: null })
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count', 'u Update v1': '.name' })
    assert.deepEqual(subject.apply('a', { name: 'x' }), ['u .name'])
  })

  it('do not quarrel with an updater who is of the same name, but another operation, unless over a value', () => {
    subject.update('a', { name: 'x' })
    assert.deepEqual(subject.apply('a', { name: 'y' }), ['a .name'])
    assert.deepEqual(subject.apply('a', { name: 'x' }), [])
    assert.deepEqual(subject.owners, { 'a Update v1': '.name', 'a Apply v1': '.name' })
  })

  it('own atomic values as one', () => {
    subject.apply('a', { whole: [1, 2], one: { a: '1' } })
    assert.deepEqual(subject.apply('b', { whole: [1, 2, 3], one: { b: '1' } }), ['a .one', 'a .whole'])
  })

  it('own empty maps and nulls, as upstream', () => {
    subject.apply('a', { labels: {}, count: null })
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count .labels' })
    assert.deepEqual(subject.apply('b', { count: 1 }), ['a .count'])
  })
})

describe('doubles in a set', () => {
  it('that an update has made stay where an apply does not speak of them, and become one where it does', () => {
    const subject = new Subject()
    subject.update('u', { set: ['a', 'a', 'b'] })
    subject.apply('m', { set: ['b'] })
    assert.deepEqual(subject.state.set, ['a', 'a', 'b'])
    subject.apply('m', { set: ['a'] }, { force: true })
    assert.deepEqual(subject.state.set, ['a', 'b'])
  })
})

describe('managers in several versions', () => {
  it('own a field under the name that it has in theirs', () => {
    const subject = new Subject()
    subject.apply('a', { name: 'x', count: 1 })
    assert.deepEqual(subject.apply('b', { title: 'y' }, { version: 'v2' }), ['a .name'])
    subject.apply('b', { title: 'y' }, { version: 'v2', force: true })
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count', 'b Apply v2': '.title' })
    subject.apply('b', { count: 1 })
    assert.deepEqual(subject.owners, { 'a Apply v1': '.count', 'b Apply v1': '.count' })
    assert.deepEqual(subject.state, { count: 1 })
  })

  it('update in one version what others own in another', () => {
    const subject = new Subject()
    subject.update('u', { name: 'x' })
    subject.update('u', { title: 'y' }, 'v2')
    assert.deepEqual(subject.owners, { 'u Update v2': '.title' })
  })

  it('are forgotten with a version that is no more', () => {
    const subject = new Subject()
    subject.apply('a', { name: 'x' })
    const [id, entry] = [...subject.managers][0]!
    subject.managers = new Map([[id, { ...entry, apiVersion: 'v0' }]])
    subject.apply('b', { name: 'y' })
    assert.deepEqual(subject.owners, { 'b Apply v1': '.name' })
  })
})

describe('what is written', () => {
  it('is left as it was, and shared with nobody changed', () => {
    const live = { apiVersion: 'v1', labels: { a: '1' }, items: [{ name: 'i', value: 1 }] }
    const config = { apiVersion: 'v1', labels: { b: '2' }, items: [{ name: 'i', value: 2 }] }
    const copies = structuredClone([live, config])
    const writer = { manager: 'm', apiVersion: 'v1', subresource: '', time: '', writes: <T>(set: T): T => set }
    applied(live, config, new Map(), writer, versions)
    assert.ok(identical([live, config], copies))
  })
})

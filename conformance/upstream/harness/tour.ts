import assert from 'node:assert/strict'
import type { Door, Draft, Thing } from './door.ts'
import { groupOf, type Kinds, type Wire } from './kinds.ts'
import { isLater } from './objects.ts'
import type { Trial } from './trial.ts'

interface Groups {
  readonly groups: readonly { readonly name: string; readonly versions: readonly { readonly version: string }[] }[]
}

/** That discovery speaks of a resource: in the list of groups, in its group, and in its version. */
export async function isDiscovered(t: Trial, resource: keyof Kinds): Promise<void> {
  const [group, version] = groupOf(resource).split('/') as [string, string]
  const { groups } = await t.http.send<Groups>('GET', '/apis')
  const isThere = (it: Groups['groups'][number]): boolean => it.versions.some(each => each.version === version)
  assert.ok(
    groups.some(it => it.name === group && isThere(it)),
    `/apis has ${group}/${version}`,
  )
  assert.ok(isThere(await t.http.send('GET', `/apis/${group}`)), `/apis/${group} has ${version}`)
  const { resources } = await t.http.send<{ resources: { name: string }[] }>('GET', `/apis/${group}/${version}`)
  assert.ok(
    resources.some(it => it.name === resource.split('.', 1)[0]),
    `/apis/${group}/${version} has ${resource}`,
  )
}

export interface TourOptions {
  /** There is a `/status`, whose patch may be this. */
  readonly status?: object
  /** What is sent there with metadata in it leaves that alone. */
  readonly statusAlone?: boolean
  /** In all namespaces, too. */
  readonly everywhere?: boolean
  /** What else is tried with the first object, before it is deleted. */
  also?(name: string): Promise<void>
}

/**
 * What upstream's tests named "should support … API operations" do: discovery, create, get, list, watch, patch, update, the same of the
 * status, delete and delete a collection. `make` gives an object that no other test has, with this label.
 */
export async function tour<K extends keyof Kinds>(
  t: Trial,
  resource: K,
  make: (name: string, labels: Record<string, string>) => Draft<Wire<Kinds[K]>>,
  { status, statusAlone = false, everywhere = false, also }: TourOptions = {},
): Promise<void> {
  const door = t.of(resource) as unknown as Door<Thing>
  const selector = `special-label=${t.namespace}`
  const create = (ordinal: number): Promise<Thing> =>
    door.create(make(`${t.namespace}-${ordinal}`, { 'special-label': t.namespace }) as Thing)
  const count = async (wanted: number, where = door): Promise<void> => assert.equal((await where.items(selector)).length, wanted)
  t.defer(() => door.deleteCollection(selector))

  await isDiscovered(t, resource)
  const created = await create(1)
  await assert.rejects(create(1), { code: 409, reason: 'AlreadyExists' })
  await create(2)
  const { metadata } = await door.list(selector)
  const watching = await door.watch({ labelSelector: selector, resourceVersion: metadata.resourceVersion }).begun()
  t.defer(() => watching.stop())
  await create(3)
  const name = created.metadata!.name!
  const gotten = await door.get(name)
  assert.equal(gotten.metadata?.uid, created.metadata?.uid)
  await count(3)
  if (everywhere) await count(3, t.of(resource, '') as unknown as Door<Thing>)

  const patched = await door.patch(name, { metadata: { annotations: { patched: 'true' } } })
  assert.equal(patched.metadata?.annotations?.patched, 'true')
  isLater(patched, created)
  const updated = await door.change(name, it => {
    it.metadata!.annotations!.updated = 'true'
  })
  assert.equal(updated.metadata?.annotations?.updated, 'true')
  await watching.until('ADDED')
  await watching.until('MODIFIED', it => it.metadata?.annotations?.patched === 'true')
  await watching.until('MODIFIED', it => it.metadata?.annotations?.updated === 'true')

  if (status) {
    assert.equal((await door.get(name, 'status')).metadata?.uid, created.metadata?.uid)
    const patch = { metadata: { annotations: { patchedstatus: 'true' } }, status }
    const withStatus = (await door.patch(name, patch, { of: 'status' })) as Thing & { status: object }
    const kept = statusAlone ? undefined : 'true'
    assert.equal(withStatus.metadata?.annotations?.patchedstatus, kept)
    assert.deepEqual({ ...withStatus.status, ...status }, withStatus.status)
    const replaced = await door.change(
      name,
      it => {
        it.metadata!.annotations!.updatedstatus = 'true'
        Object.assign(it, { status })
      },
      'status',
    )
    assert.equal(replaced.metadata?.annotations?.updatedstatus, kept)
  }
  await also?.(name)

  await door.delete(name)
  await door.isGone(name)
  await count(2)
  await door.deleteCollection(selector)
  await count(0)
}

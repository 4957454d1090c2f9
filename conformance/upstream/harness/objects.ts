import assert from 'node:assert/strict'
import type { V1LabelSelector, V1ReplicaSet, V1ReplicationController } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Door, Draft, Thing } from './door.ts'
import type { Wire } from './kinds.ts'
import { type PodSpec, template } from './pods.ts'
import type { Trial } from './trial.ts'

/** That one version of an object is later than another. */
export function isLater(later: Thing, earlier: Thing): void {
  const [after, before] = [later, earlier].map(it => BigInt(it.metadata!.resourceVersion!))
  assert.ok(after! > before!, `resourceVersion ${after} is later than ${before}`)
}

export const namesOf = (things: readonly Thing[]): string[] => things.map(it => it.metadata!.name!).sort()

export const rc = (
  name: string,
  replicas: number,
  labels: Record<string, string> = { name },
  spec: PodSpec = {},
): Draft<Wire<V1ReplicationController>> => ({
  metadata: { name, labels },
  spec: { replicas, selector: labels, template: template(labels, spec) },
})

export const rs = (
  name: string,
  replicas: number,
  labels: Record<string, string> = { name },
  spec: PodSpec = {},
): Draft<Wire<V1ReplicaSet>> => ({
  metadata: { name, labels },
  spec: { replicas, selector: { matchLabels: labels }, template: template(labels, spec) },
})

/** The spec of a Deployment and of what is like it. */
export const setSpec = (
  replicas: number,
  labels: Record<string, string>,
  spec: PodSpec = {},
): { replicas: number; selector: Wire<V1LabelSelector>; template: ReturnType<typeof template> } => ({
  replicas,
  selector: { matchLabels: labels },
  template: template(labels, spec),
})

interface Condition {
  type: string
  status: string
  reason?: string
  message?: string
}

interface WithConditions extends Thing {
  status?: { conditions?: Condition[] }
}

/** A condition that tests set by replacing a status. */
export const statusUpdate: Condition = { type: 'StatusUpdate', status: 'True', reason: 'E2E', message: 'Set from e2e test' }

export const hasCondition = (it: object, wanted: Partial<Condition>): boolean =>
  ((it as WithConditions).status?.conditions ?? []).some(condition =>
    Object.entries(wanted).every(([key, value]) => condition[key as keyof Condition] === value),
  )

/** Replaces and then patches a status; a watch from a list before must see both. Upstream does so with many kinds. */
export async function statusIsReplacedAndPatched<T>(door: Door<T>, name: string): Promise<void> {
  const { metadata } = await door.list()
  const watching = await door.watch({ resourceVersion: metadata.resourceVersion, fieldSelector: `metadata.name=${name}` }).begun()
  try {
    await door.get(name, 'status')
    await door.change(
      name,
      it => {
        const status = ((it as WithConditions).status ??= {})
        status.conditions = [...(status.conditions ?? []), statusUpdate]
      },
      'status',
    )
    await watching.until('MODIFIED', it => hasCondition(it as object, statusUpdate))
    await door.patch(name, { status: { conditions: [{ type: 'StatusPatched', status: 'True' }] } }, { of: 'status' })
    await watching.until('MODIFIED', it => hasCondition(it as object, { type: 'StatusPatched' }))
  } finally {
    await watching.stop()
  }
}

/** What `/scale` holds. */
export interface Scale extends Thing {
  spec: { replicas?: number }
  status: { replicas: number; selector?: string }
}

/** Reads, replaces and patches the scale of something that has one replica: it must have four then. */
export async function scaleWorks<T extends { spec?: { replicas?: number } }>(door: Door<T>, name: string): Promise<void> {
  const scales = door as unknown as Door<Scale>
  const scale = await eventually(async () => {
    const it = await scales.get(name, 'scale')
    assert.equal(it.status.replicas, 1)
    return it
  })
  assert.equal(scale.spec.replicas, 1)
  delete scale.metadata!.resourceVersion
  scale.spec.replicas = 2
  assert.equal((await scales.update(scale, 'scale')).spec.replicas, 2)
  assert.equal(((await door.get(name)) as T).spec?.replicas, 2)
  await scales.patch(name, { spec: { replicas: 4 } }, { type: 'strategic', of: 'scale' })
  assert.equal(((await door.get(name)) as T).spec?.replicas, 4)
}

/** Waits until pods that these labels select run, so many of them. */
export const podsRun = (t: Trial, selector: string, count: number): Promise<string[]> =>
  eventually(async () => {
    const pods = (await t.of('pods').items(selector)).filter(
      it => it.status?.phase === 'Running' && !it.metadata?.deletionTimestamp,
    )
    assert.equal(pods.length, count)
    return namesOf(pods)
  }, 60_000)

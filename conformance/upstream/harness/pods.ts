import assert from 'node:assert/strict'
import type { V1Container, V1Pod, V1PodSpec, V1PodTemplateSpec } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Draft } from './door.ts'
import type { Wire } from './kinds.ts'
import type { Trial } from './trial.ts'

export const busybox = 'pinnace-test/busybox:1'
export const httpd = 'pinnace-test/httpd:1'

export type Pod = Wire<V1Pod>
export type Container = Draft<Wire<V1Container>>
export type PodSpec = Draft<Wire<V1PodSpec>>

/** A container that runs a shell script, and ends at once when it is asked to. */
export const script = (text: string, container: Container = {}): Container => ({
  name: 'main',
  image: busybox,
  command: ['sh', '-c', `trap 'exit 0' TERM; ${text}`],
  ...container,
})

/** Sleeps until it is asked to end. */
export const idle = (container: Container = {}): Container => script('while :; do sleep 1 & wait $!; done', container)

/** A pod that need not do anything, `spec` put over its own. */
export function pod(name: string, spec: PodSpec = {}, labels: Record<string, string> = { name }): Draft<Pod> {
  return { metadata: { name, labels }, spec: { terminationGracePeriodSeconds: 1, containers: [idle()], ...spec } }
}

/** A pod that runs one script to its end, once. */
export const once = (name: string, text: string, container: Container = {}, spec: PodSpec = {}): Draft<Pod> =>
  pod(name, { restartPolicy: 'Never', containers: [script(text, container)], ...spec })

/** A template of pods that need not do anything. */
export const template = (labels: Record<string, string> = {}, spec: PodSpec = {}): Draft<Wire<V1PodTemplateSpec>> => ({
  metadata: { labels },
  spec: { terminationGracePeriodSeconds: 1, containers: [idle()], ...spec },
})

/** Waits until a pod passes. */
export function podThat(t: Trial, name: string, test: (pod: Pod) => void, longestMs = 40_000): Promise<Pod> {
  return eventually(async () => {
    const it = await t.of('pods').get(name)
    test(it)
    return it
  }, longestMs)
}

export const conditionOf = (it: Pod, type: string): string | undefined =>
  it.status?.conditions?.find(condition => condition.type === type)?.status

/** Waits until a pod runs. */
export const running = (t: Trial, name: string): Promise<Pod> =>
  podThat(t, name, it => assert.equal(it.status?.phase, 'Running', summary(it)))

/** Waits until a pod runs and is ready. */
export const ready = (t: Trial, name: string): Promise<Pod> =>
  podThat(t, name, it => assert.equal(conditionOf(it, 'Ready'), 'True', summary(it)))

/** Waits until a pod has ended, well or badly. */
export const ended = (t: Trial, name: string, phase: 'Succeeded' | 'Failed' = 'Succeeded'): Promise<Pod> =>
  podThat(t, name, it => assert.equal(it.status?.phase, phase, summary(it)))

/** Creates a pod, and waits until it is ready. */
export async function start(t: Trial, it: Draft<Pod>): Promise<Pod> {
  await t.of('pods').create(it)
  return ready(t, it.metadata!.name!)
}

/** Creates a pod that runs to its end, which must be good; gives what its container wrote. */
export async function output(t: Trial, it: Draft<Pod>, container = 'main'): Promise<string> {
  const name = it.metadata!.name!
  await t.of('pods').create(it)
  await podThat(t, name, now => assert.match(now.status?.phase ?? '', /Succeeded|Failed/, summary(now)))
  const said = await logs(t, name, { container })
  assert.equal((await t.of('pods').get(name)).status?.phase, 'Succeeded', said)
  return said
}

/** What a container wrote. */
export async function logs(t: Trial, name: string, query: Record<string, string> = {}): Promise<string> {
  const path = `${t.of('pods').path}/${name}/log`
  const reply = await t.http.ask('GET', path, { query, headers: { accept: '*/*' } })
  assert.equal(reply.code, 200, reply.text)
  return reply.text
}

/** Waits until the log of a pod says so. */
export const logSays = (
  t: Trial,
  name: string,
  pattern: RegExp,
  query: Record<string, string> = {},
  longestMs = 60_000,
): Promise<void> => eventually(async () => assert.match(await logs(t, name, query), pattern), longestMs)

/** Runs a command in a container; gives what it printed. */
export const exec = (t: Trial, name: string, command: readonly string[], container = 'main'): Promise<string> =>
  t.kubectl(['exec', name, '-c', container, '--', ...command])

/** Waits until there is no pod any more that these labels select. */
export const noPods = (t: Trial, selector: string, longestMs = 60_000): Promise<void> =>
  eventually(
    async () =>
      assert.deepEqual(
        (await t.of('pods').items(selector)).map(it => it.metadata?.name),
        [],
      ),
    longestMs,
  )

/** What one wants to know of a pod that is not as it should be. */
function summary({ metadata, status }: Pod): string {
  const containers = [...(status?.initContainerStatuses ?? []), ...(status?.containerStatuses ?? [])]
  const states = containers.map(({ name, state, restartCount }) => `${name} ${restartCount} ${JSON.stringify(state)}`)
  return `pod ${metadata?.name} is ${status?.phase} ${status?.reason ?? ''} ${status?.message ?? ''}: ${states.join(', ')}`
}

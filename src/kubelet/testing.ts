import type { Container, Pod, PodSpec } from '#api/core/v1.ts'
import { hashOf } from './pod/restart.ts'
import type { ObservedContainer, ObservedPod, Sandbox } from './runtime.ts'

/** For tests: the time at which they begin. */
export const noon: Date = new Date('2026-01-01T12:00:00Z')

/** For tests: some seconds after noon. */
export const at = (seconds: number): Date => new Date(noon.getTime() + seconds * 1000)

/** For tests: a pod with a container called app, or with what is said. */
export const podOf = (spec: Partial<PodSpec> = {}, rest: Partial<Pod> & { metadata?: Pod['metadata'] } = {}): Pod => ({
  apiVersion: 'v1',
  kind: 'Pod',
  ...rest,
  metadata: { name: 'web', namespace: 'shop', uid: 'u1', creationTimestamp: noon.toISOString(), ...rest.metadata },
  spec: { containers: [{ name: 'app', image: 'app:1' }], restartPolicy: 'Always', terminationGracePeriodSeconds: 30, ...spec },
})

/** For tests: a sandbox that is ready. */
export const sandbox: Sandbox = { id: 'test://sandbox/0', attempt: 0, state: 'ready', ips: ['10.244.0.9'], createdAt: noon }

/** For tests: one attempt of a container that runs since noon, or what is said. */
export const attempt = (name: string, rest: Partial<ObservedContainer> = {}): ObservedContainer => ({
  id: `test://${name}/${rest.attempt ?? 0}`,
  name,
  attempt: 0,
  sandboxId: sandbox.id,
  image: `${name}:1`,
  imageId: 'test://image',
  hash: hashOf({ name, image: `${name}:1` } as Container),
  state: 'running',
  createdAt: noon,
  startedAt: noon,
  graceSeconds: 30,
  ...rest,
})

/** For tests: one that ended. */
export const ended = (name: string, exitCode: number, startedAt: Date, finishedAt: Date, nth = 0): ObservedContainer =>
  attempt(name, { attempt: nth, state: 'exited', exitCode, startedAt, createdAt: startedAt, finishedAt })

/** For tests: what there is of the pod. */
export const observedOf = (containers: readonly ObservedContainer[], sandboxes: readonly Sandbox[] = [sandbox]): ObservedPod => ({
  uid: 'u1',
  namespace: 'shop',
  name: 'web',
  sandboxes,
  containers,
})

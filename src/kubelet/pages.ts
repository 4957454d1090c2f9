import type { Pod } from '#api/core/v1.ts'

/** What a kubelet's server shows of its node, besides the streams. */
export interface Page {
  readonly type: string
  readonly body: string
}

const json = (value: object): Page => ({ type: 'application/json', body: JSON.stringify(value) })

/** The page at a path: `/pods`, `/runningpods/`, `/metrics` (upstream: pkg/kubelet/server/server.go). Nothing: there is none. */
export function pageAt(path: string, pods: readonly Readonly<Pod>[]): Page | undefined {
  if (path === '/pods') return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods })
  if (path === '/runningpods/') return json({ kind: 'PodList', apiVersion: 'v1', metadata: {}, items: pods.flatMap(running) })
  if (path === '/metrics') return { type: 'text/plain; version=0.0.4; charset=utf-8', body: metrics(pods) }
  return undefined
}

/** A pod with those of its containers that run, as the runtime would tell of it; nothing where none does. */
function running({ metadata, spec, status }: Readonly<Pod>): object[] {
  const up = status?.containerStatuses?.filter(({ state }) => state?.running).map(({ name }) => name) ?? []
  if (up.length === 0) return []
  const { name, namespace, uid } = metadata
  const containers = spec.containers
    .filter(each => up.includes(each.name))
    .map(each => ({ name: each.name, image: each.image, resources: {} }))
  return [{ metadata: { name, namespace, uid, creationTimestamp: null }, spec: { containers }, status: {} }]
}

const states = ['created', 'exited', 'running', 'unknown'] as const

/** Counts of pods and containers, in Prometheus' text format, under upstream's names. */
function metrics(pods: readonly Readonly<Pod>[]): string {
  const containers = { created: 0, exited: 0, running: 0, unknown: 0 }
  for (const { status } of pods)
    for (const { state, containerID } of status?.containerStatuses ?? [])
      if (state?.running) containers.running++
      else if (state?.terminated) containers.exited++
      else if (containerID) containers.created++
  const lines = [
    '# HELP kubelet_running_containers [ALPHA] Number of containers currently running',
    '# TYPE kubelet_running_containers gauge',
    ...states.map(state => `kubelet_running_containers{container_state="${state}"} ${containers[state]}`),
    '# HELP kubelet_running_pods [ALPHA] Number of pods that have a running pod sandbox',
    '# TYPE kubelet_running_pods gauge',
    `kubelet_running_pods ${pods.filter(({ status }) => status?.phase === 'Running').length}`,
  ]
  return `${lines.join('\n')}\n`
}

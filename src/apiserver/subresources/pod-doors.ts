import type { Pod } from '#api/core/v1.ts'
import { badRequest } from '#api/status.ts'
import type { Kubelets } from '#apiserver/kubelets.ts'
import { isTrue } from '#apiserver/request/query.ts'
import type { Subresource } from '#apiserver/resource.ts'
import { asksWebSocket, bodyOverWebSocket } from '#apiserver/wire/web-socket.ts'
import { logOptionsOf } from './log-options.ts'

/** `pods/NAME/log`, answered by the pod's kubelet (upstream: registry/core/pod/rest/log.go). */
export const log = (kubelets: Kubelets): Subresource => ({
  verbs: ['get'],
  raw: true,
  async handle(request) {
    const { namespace, name } = request.attributes
    const asked = logOptionsOf(request.query, name)
    const { pod, address } = await kubelets.placed(namespace, name)
    const container = request.query.get('container') || onlyContainer(pod)
    checkContainer(pod, container)
    const relay = () => kubelets.relay(request, address, `/containerLogs/${namespace}/${name}/${container}?${asked}`)
    return asksWebSocket(request) ? bodyOverWebSocket(request, relay) : relay()
  },
})

/** `pods/NAME/exec` and `/attach`: a connection joined to the pod's kubelet. */
export const stream = (
  door: 'exec' | 'attach',
  kind: 'PodExecOptions' | 'PodAttachOptions',
): ((kubelets: Kubelets) => Subresource) => {
  return kubelets => ({
    kind: { group: '', version: 'v1', kind },
    verbs: ['create', 'get'],
    async handle(request) {
      const { namespace, name } = request.attributes
      const { pod, address } = await kubelets.placed(namespace, name)
      const { query } = request
      const container = query.get('container') || onlyContainer(pod)
      checkContainer(pod, container)
      const passed = new URLSearchParams()
      for (const [from, to] of [
        ['stdin', 'input'],
        ['stdout', 'output'],
        ['stderr', 'error'],
        ['tty', 'tty'],
      ] as const)
        if (isTrue(query.get(from))) passed.set(to, '1')
      for (const word of query.getAll('command')) passed.append('command', word)
      return kubelets.join(request, address, `/${door}/${namespace}/${name}/${container}?${passed}`)
    },
  })
}

/** `pods/NAME/portforward`. */
export const portForward = (kubelets: Kubelets): Subresource => ({
  kind: { group: '', version: 'v1', kind: 'PodPortForwardOptions' },
  verbs: ['create', 'get'],
  async handle(request) {
    const { namespace, name } = request.attributes
    const { address } = await kubelets.placed(namespace, name)
    return kubelets.join(request, address, `/portForward/${namespace}/${name}?${request.query}`)
  },
})

function onlyContainer({ metadata, spec }: Readonly<Pod>): string {
  const names = spec.containers.map(({ name }) => name)
  if (names.length === 1) return names[0]!
  const init = spec.initContainers?.map(({ name }) => name) ?? []
  const initPart = init.length > 0 ? ` or one of the init containers: [${init.join(' ')}]` : ''
  throw badRequest(`a container name must be specified for pod ${metadata.name}, choose one of: [${names.join(' ')}]${initPart}`)
}

function checkContainer({ metadata, spec }: Readonly<Pod>, name: string): void {
  const all = [...spec.containers, ...(spec.initContainers ?? []), ...(spec.ephemeralContainers ?? [])]
  if (!all.some(each => each.name === name)) throw badRequest(`container ${name} is not valid for pod ${metadata.name}`)
}

import { Endpoints, Pod, Service } from '#api/core/v1.ts'
import { notFound, StatusError } from '#api/status.ts'
import type { Kubelets } from '#apiserver/kubelets.ts'
import type { Reader } from '#apiserver/store/reader.ts'
import { inCluster, type Locate, parts } from './proxy.ts'

/** A pod by its address; without a port, the first that a container of it has (upstream: registry/core/pod/strategy.go). */
export const toPod =
  (reader: Reader): Locate =>
  async ({ attributes: { namespace, name: id } }) => {
    const { protocol, name, port } = parts(id, 'pod')
    const pod = await reader.live(Pod, { namespace, name })
    if (!pod) throw notFound(Pod, name)
    const first = pod.spec.containers.flatMap(({ ports = [] }) => ports).at(0)?.containerPort
    return inCluster(protocol, pod.status?.podIP ?? '', port || String(first ?? ''))
  }

/** One of the ready endpoints of a Service, at a port by its name or number (upstream: registry/core/service/storage). */
export const toService =
  (reader: Reader, random: () => number): Locate =>
  async ({ attributes: { namespace, name: id } }) => {
    const { protocol, name, port } = parts(id, 'service')
    const service = await reader.live(Service, { namespace, name })
    if (!service) throw notFound(Service, name)
    const wanted = /^\d+$/.test(port) ? service.spec?.ports?.find(each => each.port === Number(port)) : { name: port }
    if (!wanted) throw new StatusError('ServiceUnavailable', `no service port ${port} found for service ${JSON.stringify(name)}`)
    const { subsets = [] } = (await reader.live(Endpoints, { namespace, name })) ?? {}
    const found = subsets.flatMap(({ addresses = [], ports = [] }) =>
      ports
        .filter(each => (each.name ?? '') === (wanted.name ?? ''))
        .flatMap(each => addresses.map(({ ip }) => ({ ip, port: String(each.port) }))),
    )
    const chosen = found[Math.floor(random() * found.length)]
    if (!chosen)
      throw new StatusError(
        'ServiceUnavailable',
        `no endpoints available for service ${JSON.stringify(subsets.length > 0 ? id : name)}`,
      )
    return inCluster(protocol, chosen.ip, chosen.port)
  }

/** A node's kubelet, or whatever listens at another port of the node (upstream: registry/core/node/strategy.go). */
export const toNode =
  (kubelets: Kubelets): Locate =>
  ({ attributes: { name: id } }) => {
    const { protocol, name, port } = parts(id, 'node')
    const address = kubelets.address(name)
    const isKubelet = port === '' || port === String(address.port)
    return isKubelet ? { ...kubelets.backend(address), name } : inCluster(protocol, address.host, port)
  }

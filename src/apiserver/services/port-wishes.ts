import type { Service, ServicePort, ServiceSpec } from '#api/core/v1.ts'
import type { KubeObject } from '#api/object.ts'
import { mayHaveNodePorts, needsHealthCheck, needsNodePort } from '#machinery/service/needs.ts'

/** A port of all nodes that a Service wants to have. */
export interface Wish {
  /** The field that is to hold it. */
  readonly path: string
  /** What upstream calls it. */
  readonly name: 'nodePort' | 'HealthCheck NodePort'
  /** The port that is asked for; 0: any. */
  readonly asked: number
  /** Writes down the port that was got. */
  got(port: number): void
}

/** The ports of all nodes that a Service has, each once. */
export const nodePortsOf = (service: KubeObject | undefined): ReadonlySet<number> => {
  const { ports = [], healthCheckNodePort = 0 } = (service as Service | undefined)?.spec ?? {}
  return new Set([...ports.map(({ nodePort = 0 }) => nodePort), healthCheckNodePort].filter(port => port > 0))
}

/**
 * The ports that a Service wants and has not yet (upstream: initNodePorts and updateNodePorts in registry/core/service/storage/alloc.go);
 * first those that it names, so that none of them is given for another.
 */
export function wishesOf(service: Service, before: Service | undefined): readonly Wish[] {
  const { spec = {} } = service
  const wishes = mayHaveNodePorts(spec) ? (before ? ofChanged(spec, nodePortsOf(before)) : ofNew(spec)) : []
  if (needsHealthCheck(spec) && !needsHealthCheck(before?.spec ?? {}))
    wishes.push({
      path: 'spec.healthCheckNodePort',
      name: 'HealthCheck NodePort',
      asked: spec.healthCheckNodePort ?? 0,
      got: port => void (spec.healthCheckNodePort = port),
    })
  return wishes.sort((one, two) => Number(two.asked > 0) - Number(one.asked > 0))
}

/** One port of a new Service for several protocols is one port of the nodes. */
function ofNew(spec: ServiceSpec): Wish[] {
  const ports = spec.ports ?? []
  const sharing = new Map<string, ServicePort[]>()
  const wishes: Wish[] = []
  for (const [index, each] of ports.entries()) {
    if (!each.nodePort && !needsNodePort(spec)) continue
    const first = ports.find(({ port, nodePort }) => port === each.port && nodePort)?.nodePort ?? 0
    const asked = each.nodePort || first
    const id = `${each.port} ${asked}`
    const together = sharing.get(id) ?? []
    if (together.push(each) > 1) continue
    sharing.set(id, together)
    wishes.push(wishOf(index, asked, together))
  }
  return wishes
}

function ofChanged(spec: ServiceSpec, held: ReadonlySet<number>): Wish[] {
  const asked = new Set(held)
  const wishes: Wish[] = []
  for (const [index, each] of (spec.ports ?? []).entries()) {
    const { nodePort = 0 } = each
    if (nodePort ? asked.has(nodePort) : !needsNodePort(spec)) continue
    if (nodePort) asked.add(nodePort)
    wishes.push(wishOf(index, nodePort, [each]))
  }
  return wishes
}

const wishOf = (index: number, asked: number, of: readonly ServicePort[]): Wish => ({
  path: `spec.ports[${index}].nodePort`,
  name: 'nodePort',
  asked,
  got(port) {
    for (const each of of) each.nodePort = port
  },
})

import type { Container } from '#api/core/v1.ts'
import { quote } from '#machinery/causes.ts'

interface Placed {
  readonly port: NonNullable<Container['ports']>[number]
  readonly at: string
}

/** What is odd about the ports of a pod's containers together. */
export function* warnOfPorts(ports: readonly Placed[]): Generator<string> {
  for (const [index, { port, at }] of ports.entries()) {
    const { hostIP = '', hostPort = 0 } = port
    if (hostIP && !hostPort) yield `${at}: hostIP set without hostPort: ${goText(port)}`
    for (const other of ports.slice(0, index)) {
      if (other.port.containerPort !== port.containerPort || other.port.protocol !== port.protocol) continue
      const { hostIP: otherIp = '', hostPort: otherPort = 0 } = other.port
      if (hostIP === otherIp && hostPort === otherPort) yield `${at}: duplicate port definition with ${other.at}`
      else if (!hostPort || !otherPort) yield `${at}: overlapping port definition with ${other.at}`
      else if (hostPort === otherPort && !hostIP !== !otherIp)
        yield `${at}: dangerously ambiguous port definition with ${other.at}`
    }
  }
  const names = new Map<string, string>()
  for (const { port, at } of ports) {
    if (!port.name) continue
    const first = names.get(port.name)
    if (!first) names.set(port.name, at)
    else
      yield `${at}: duplicate port name ${quote(port.name)} with ${first}, services and probes that select ports by name will use ${first}`
  }
}

/** A port as Go's `%+v` prints one. */
const goText = ({ name = '', hostPort = 0, containerPort, protocol, hostIP = '' }: Placed['port']): string =>
  `{Name:${name} HostPort:${hostPort} ContainerPort:${containerPort} Protocol:${protocol ?? ''} HostIP:${hostIP}}`

import type { Container } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, invalidEach, required } from '#machinery/causes.ts'
import { portName, portNumber } from '#machinery/names.ts'
import { each, oneOf } from '#resources/checks.ts'

/** Protocols that ports may have, in the order in which messages list them. */
export const protocols = ['SCTP', 'TCP', 'UDP']

/** Checks a container's ports, each by itself and their names among one another. */
export function* validatePorts(ports: Container['ports'], path: string): Generator<Cause> {
  const names = new Set<string>()
  yield* each(ports, path, function* (port, at) {
    if (port.name) {
      const problems = portName(port.name)
      yield* invalidEach(`${at}.name`, port.name, problems)
      if (problems.length === 0 && names.has(port.name)) yield duplicate(`${at}.name`, port.name)
      if (problems.length === 0) names.add(port.name)
    }
    if (!port.containerPort) yield required(`${at}.containerPort`)
    else yield* invalidEach(`${at}.containerPort`, port.containerPort, portNumber(port.containerPort))
    if (port.hostPort) yield* invalidEach(`${at}.hostPort`, port.hostPort, portNumber(port.hostPort))
    yield* oneOf(port.protocol, `${at}.protocol`, protocols)
  })
}

/** Checks that no two of the containers want the same port of the node. */
export function* validateHostPorts(containers: readonly Container[], path: string): Generator<Cause> {
  const taken = new Set<string>()
  yield* each(containers, path, (container, at) =>
    each(container.ports, `${at}.ports`, function* ({ hostPort, hostIP = '', protocol }, portAt) {
      if (!hostPort) return
      const id = `${protocol ?? ''}/${hostIP}/${hostPort}`
      if (taken.has(id)) yield duplicate(`${portAt}.hostPort`, id)
      taken.add(id)
    }),
  )
}

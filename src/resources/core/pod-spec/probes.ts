import type { Container, LifecycleHandler, Probe } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { forbidden, invalidEach, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { httpHeaderName, portName, portNumber } from '#machinery/names.ts'
import { nonNegatives } from '#resources/checks.ts'

const handlers = ['exec', 'httpGet', 'tcpSocket', 'grpc', 'sleep'] as const
type Handler = Probe & LifecycleHandler

/** Checks a container's three probes. */
export function* validateProbes(container: Container, path: string): Generator<Cause> {
  const { livenessProbe, readinessProbe, startupProbe } = container
  if (livenessProbe) yield* validateProbe(livenessProbe, `${path}.livenessProbe`, true)
  if (readinessProbe) {
    const at = `${path}.readinessProbe`
    yield* validateProbe(readinessProbe, at, false)
    const { terminationGracePeriodSeconds } = readinessProbe
    if (terminationGracePeriodSeconds !== undefined) {
      yield invalidValue(
        `${at}.terminationGracePeriodSeconds`,
        terminationGracePeriodSeconds,
        'must not be set for readinessProbes',
      )
    }
  }
  if (startupProbe) yield* validateProbe(startupProbe, `${path}.startupProbe`, true)
}

function* validateProbe(probe: Probe, path: string, onceIsEnough: boolean): Generator<Cause> {
  yield* validateHandler(probe, path, undefined)
  yield* nonNegatives(probe, path, [
    'initialDelaySeconds',
    'timeoutSeconds',
    'periodSeconds',
    'successThreshold',
    'failureThreshold',
  ])
  const { terminationGracePeriodSeconds: grace, successThreshold } = probe
  if (grace !== undefined && grace <= 0)
    yield invalidValue(`${path}.terminationGracePeriodSeconds`, grace, 'must be greater than 0')
  if (onceIsEnough && successThreshold !== 1) yield invalidValue(`${path}.successThreshold`, successThreshold ?? 0, 'must be 1')
}

/** Checks what runs after a container starts and before it stops. */
export function* validateLifecycle(
  lifecycle: Container['lifecycle'],
  graceSeconds: number | undefined,
  path: string,
): Generator<Cause> {
  if (lifecycle?.postStart) yield* validateHandler(lifecycle.postStart, `${path}.postStart`, graceSeconds)
  if (lifecycle?.preStop) yield* validateHandler(lifecycle.preStop, `${path}.preStop`, graceSeconds)
}

function* validateHandler(handler: Handler, path: string, graceSeconds: number | undefined): Generator<Cause> {
  const [first, ...others] = handlers.filter(name => handler[name])
  if (!first) yield required(path, 'must specify a handler type')
  else yield* validateAction(handler, first, `${path}.${first}`, graceSeconds)
  for (const name of others) yield forbidden(`${path}.${name}`, 'may not specify more than 1 handler type')
}

function* validateAction(
  handler: Handler,
  type: (typeof handlers)[number],
  path: string,
  graceSeconds: number | undefined,
): Generator<Cause> {
  const { exec, httpGet, tcpSocket, grpc, sleep } = handler
  if (type === 'exec' && !exec?.command?.length) yield required(`${path}.command`)
  if (type === 'httpGet' && httpGet) {
    if (!httpGet.path) yield required(`${path}.path`)
    yield* validatePort(httpGet.port, `${path}.port`)
    if (httpGet.scheme !== 'HTTP' && httpGet.scheme !== 'HTTPS')
      yield notSupported(`${path}.scheme`, httpGet.scheme ?? '', ['HTTP', 'HTTPS'])
    for (const header of httpGet.httpHeaders ?? [])
      yield* invalidEach(`${path}.httpHeaders`, header.name, httpHeaderName(header.name ?? ''))
  }
  if (type === 'tcpSocket') yield* validatePort(tcpSocket?.port, `${path}.port`)
  if (type === 'grpc') yield* validatePort(grpc?.port, `${path}.port`)
  if (type === 'sleep' && graceSeconds !== undefined) {
    const seconds = sleep?.seconds ?? 0
    if (seconds < 0 || seconds > graceSeconds) {
      yield invalidValue(path, seconds, `must be non-negative and less than terminationGracePeriodSeconds (${graceSeconds})`)
    }
  }
}

/** Checks a port given as a number or by name. */
export function* validatePort(port: number | string | undefined, path: string): Generator<Cause> {
  yield* invalidEach(path, port ?? 0, typeof port === 'string' ? portName(port) : portNumber(port ?? 0))
}

import type { Service } from '#api/core/v1.ts'

/** The services a pod hears of in its environment: those of its namespace if it wants, and always the API server's. */
export function serviceVariables(
  services: Iterable<Readonly<Service>>,
  namespace: string,
  wantsLinks: boolean,
): Map<string, string> {
  const variables = new Map<string, string>()
  const byName = new Map<string, Readonly<Service>>()
  for (const service of services) {
    const { name, namespace: own } = service.metadata
    const ip = service.spec?.clusterIP
    if (!name || !ip || ip === 'None') continue
    const isMaster = own === 'default' && name === 'kubernetes'
    if (own === namespace && wantsLinks) byName.set(name, service)
    else if (isMaster && !byName.has(name)) byName.set(name, service)
  }
  for (const service of byName.values()) for (const [name, value] of variablesOf(service)) variables.set(name, value)
  return variables
}

/** `WEB_SERVICE_HOST`, `WEB_SERVICE_PORT` and so on, and those that Docker made for links. */
function* variablesOf({ metadata, spec }: Readonly<Service>): Generator<[string, string]> {
  const prefix = variableName(metadata.name!)
  const ip = spec!.clusterIP!
  const ports = spec!.ports ?? []
  yield [`${prefix}_SERVICE_HOST`, ip]
  if (ports[0]) yield [`${prefix}_SERVICE_PORT`, String(ports[0].port)]
  for (const { name, port } of ports) if (name) yield [`${prefix}_SERVICE_PORT_${variableName(name)}`, String(port)]
  for (const [index, { port, protocol = 'TCP' }] of ports.entries()) {
    const scheme = protocol.toLowerCase()
    const url = `${scheme}://${ip.includes(':') ? `[${ip}]` : ip}:${port}`
    const link = `${prefix}_PORT_${port}_${protocol.toUpperCase()}`
    if (index === 0) yield [`${prefix}_PORT`, url]
    yield [link, url]
    yield [`${link}_PROTO`, scheme]
    yield [`${link}_PORT`, String(port)]
    yield [`${link}_ADDR`, ip]
  }
}

const variableName = (name: string): string => name.replaceAll('-', '_').toUpperCase()

import type { Container, ObjectFieldSelector, PodSpec, ResourceFieldSelector } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue, notFound, notSupported, required } from '#machinery/causes.ts'
import { configMapKey, dns1123Label, dns1123Subdomain, qualifiedName, relaxedEnvVarName } from '#machinery/names.ts'
import { canonical, compare, quantityError } from '#machinery/quantity.ts'
import { each, named } from '#resources/checks.ts'
import { containersOf } from './every-container.ts'
import { validateNoBacksteps } from './paths.ts'

type EnvVar = NonNullable<Container['env']>[number]
type EnvFrom = NonNullable<Container['envFrom']>[number]
type EnvSource = NonNullable<EnvVar['valueFrom']>

const envFields = [
  'metadata.name',
  'metadata.namespace',
  'metadata.uid',
  'spec.nodeName',
  'spec.serviceAccountName',
  'status.hostIP',
  'status.hostIPs',
  'status.podIP',
  'status.podIPs',
]

/** Fields of the pod that may become files of a downward API volume. */
export const fileFields = ['metadata.annotations', 'metadata.labels', 'metadata.name', 'metadata.namespace', 'metadata.uid']

const sources = ['fieldRef', 'resourceFieldRef', 'configMapKeyRef', 'secretKeyRef', 'fileKeyRef'] as const

/** Checks a container's environment. */
export function* validateEnv(container: Pick<Container, 'env' | 'envFrom'>, path: string): Generator<Cause> {
  yield* each(container.env, `${path}.env`, validateEnvVar)
  yield* each(container.envFrom, `${path}.envFrom`, (source, at) => validateEnvFrom(source, at, `${path}.envFrom`))
}

function* validateEnvVar(variable: EnvVar, path: string): Generator<Cause> {
  yield* named(variable.name, `${path}.name`, relaxedEnvVarName)
  const source = variable.valueFrom
  if (!source) return
  yield* validateEnvSource(source, `${path}.valueFrom`)
  const given = sources.filter(name => source[name]).length
  if (given === 0) {
    const list = sources.slice(0, -1).map(name => `\`${name}\``)
    yield invalidValue(`${path}.valueFrom`, '', `must specify one of: ${list.join(', ')} or \`${sources.at(-1)}\``)
  } else if (variable.value) yield invalidValue(`${path}.valueFrom`, '', 'may not be specified when `value` is not empty')
  else if (given > 1) yield invalidValue(`${path}.valueFrom`, '', 'may not have more than one field specified at a time')
}

function* validateEnvSource(source: EnvSource, path: string): Generator<Cause> {
  if (source.fieldRef) yield* validateFieldRef(source.fieldRef, envFields, `${path}.fieldRef`)
  if (source.resourceFieldRef) yield* validateResourceFieldRef(source.resourceFieldRef, `${path}.resourceFieldRef`)
  if (source.configMapKeyRef) yield* validateKeyRef(source.configMapKeyRef, `${path}.configMapKeyRef`)
  if (source.secretKeyRef) yield* validateKeyRef(source.secretKeyRef, `${path}.secretKeyRef`)
  if (source.fileKeyRef) yield* validateFileRef(source.fileKeyRef, `${path}.fileKeyRef`)
}

function* validateKeyRef(reference: { name?: string; key: string }, path: string): Generator<Cause> {
  yield* invalidEach(`${path}.name`, reference.name ?? '', dns1123Subdomain(reference.name ?? ''))
  yield* named(reference.key, `${path}.key`, configMapKey)
}

function* validateFileRef({ key, volumeName, path: file }: NonNullable<EnvSource['fileKeyRef']>, path: string): Generator<Cause> {
  yield* named(key, `${path}.key`, relaxedEnvVarName)
  yield* named(volumeName, `${path}.volumeName`, dns1123Label)
  if (!file) yield required(`${path}.path`)
  else yield* validateNoBacksteps(file, `${path}.path`)
}

/** Checks that the files which variables are read from lie in volumes that begin empty. `path` is the spec's. */
export function* validateEnvFiles(spec: PodSpec, path: string): Generator<Cause> {
  for (const [{ env = [] }, at] of containersOf(spec, path)) {
    for (const [index, { valueFrom }] of env.entries()) {
      const name = valueFrom?.fileKeyRef?.volumeName
      if (!valueFrom?.fileKeyRef) continue
      const volume = spec.volumes?.findLast(each => each.name === name)
      const where = `${at}.env[${index}].valueFrom.fileKeyRef.volumeName`
      if (!volume) yield notFound(where, name ?? '')
      else if (!volume.emptyDir) yield invalidValue(where, name, 'referenced volume must be of type emptyDir')
    }
  }
}

function* validateEnvFrom(source: EnvFrom, path: string, list: string): Generator<Cause> {
  if (source.prefix) yield* invalidEach(`${path}.prefix`, source.prefix, relaxedEnvVarName(source.prefix))
  if (source.configMapRef) yield* named(source.configMapRef.name, `${path}.configMapRef.name`, dns1123Subdomain)
  if (source.secretRef) yield* named(source.secretRef.name, `${path}.secretRef.name`, dns1123Subdomain)
  if (!source.configMapRef && !source.secretRef)
    yield invalidValue(list, '', 'must specify one of: `configMapRef` or `secretRef`')
  else if (source.configMapRef && source.secretRef)
    yield invalidValue(list, '', 'may not have more than one field specified at a time')
}

/** Checks a reference to one of the pod's own fields. Labels and annotations may be asked for one by one: `metadata.labels['app']`. */
export function* validateFieldRef(reference: ObjectFieldSelector, fields: readonly string[], path: string): Generator<Cause> {
  if (!reference.apiVersion) {
    yield required(`${path}.apiVersion`)
    return
  }
  if (!reference.fieldPath) {
    yield required(`${path}.fieldPath`)
    return
  }
  const [, field = reference.fieldPath, key] = /^(.*)\['(.*)'\]$/s.exec(reference.fieldPath) ?? []
  if (!knownFields.has(field)) {
    yield invalidValue(
      `${path}.fieldPath`,
      reference.fieldPath,
      `error converting fieldPath: field label not supported: ${reference.fieldPath}`,
    )
  } else if (key === undefined) {
    if (!fields.includes(field)) yield notSupported(`${path}.fieldPath`, field, fields)
  } else if (field === 'metadata.annotations') yield* invalidEach(path, key.toLowerCase(), qualifiedName(key.toLowerCase()))
  else if (field === 'metadata.labels') yield* invalidEach(path, key, qualifiedName(key))
  else yield invalidValue(path, field, 'does not support subscript')
}

const knownFields = new Set([...envFields, ...fileFields, 'spec.restartPolicy', 'spec.schedulerName', 'status.phase'])

const resourceFields = ['cpu', 'ephemeral-storage', 'memory'].flatMap(name => [`limits.${name}`, `requests.${name}`]).sort()
const byteDivisors = ['1', '1k', '1M', '1G', '1T', '1P', '1E', '1Ki', '1Mi', '1Gi', '1Ti', '1Pi', '1Ei']

/** Checks a reference to a container's own requests or limits. */
export function* validateResourceFieldRef(reference: ResourceFieldSelector, path: string, inVolume = false): Generator<Cause> {
  const { resource, divisor = '0' } = reference
  const hugePages = /^(limits|requests)\.hugepages-/.test(resource ?? '')
  if (inVolume && !reference.containerName) yield required(`${path}.containerName`)
  else if (!resource) yield required(`${path}.resource`)
  else if (!resourceFields.includes(resource) && !hugePages) yield notSupported(`${path}.resource`, resource, resourceFields)
  if (quantityError(divisor) || compare(divisor, '0') === 0) return
  const kind = hugePages ? 'hugepages' : (resource ?? '').replace(/^(limits|requests)\./, '')
  const allowed = kind === 'cpu' ? ['1m', '1'] : byteDivisors
  if (kind in divided && !allowed.includes(canonical(divisor))) {
    const list = kind === 'cpu' ? '1m and 1' : allowed.join(', ')
    yield invalidValue(
      `${path}.divisor`,
      resource,
      `only divisor's values ${list} are supported with the ${divided[kind]} resource`,
    )
  }
}

const divided: Record<string, string> = {
  cpu: 'cpu',
  memory: 'memory',
  'ephemeral-storage': 'local ephemeral storage',
  hugepages: 'hugepages',
}

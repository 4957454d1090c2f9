import type { ConfigMap, Container, EnvVarSource, Pod, Secret } from '#api/core/v1.ts'
import { isReason } from '#api/status.ts'
import { expand } from './expand.ts'
import { fieldOf, type Place, resourceOf } from './fields.ts'

/** Where a container's variables come from. */
export interface Surroundings {
  readonly place: Place
  /** Those of the services, see service-env.ts. */
  readonly services: ReadonlyMap<string, string>
  /** Of the pod's namespace; NotFound is thrown. */
  configMap(name: string): Promise<Readonly<ConfigMap>>
  secret(name: string): Promise<Readonly<Secret>>
}

export interface Variable {
  readonly name: string
  readonly value: string
}

/**
 * A container's environment: envFrom, over it env (in order, each seeing those before and the services' variables in
 * `$(NAME)`), and the services' variables that nothing else is called. Throws what makes a CreateContainerConfigError.
 */
export async function environment(pod: Readonly<Pod>, container: Container, around: Surroundings): Promise<Variable[]> {
  const own = new Map<string, string>()
  for (const { prefix = '', configMapRef, secretRef } of container.envFrom ?? []) {
    const ref = configMapRef ?? secretRef
    if (!ref) continue
    const data = await optionally(ref.optional, () =>
      configMapRef ? textOf(around, ref.name ?? '') : secretTextOf(around, ref.name ?? ''),
    )
    for (const [key, text] of Object.entries(data ?? {})) own.set(prefix + key, text)
  }
  for (const { name, value, valueFrom: source } of container.env ?? []) {
    if (value)
      own.set(
        name,
        expand(value, each => own.get(each) ?? around.services.get(each)),
      )
    else {
      const found = source ? await valueFrom(pod, container, source, around) : ''
      if (found !== undefined) own.set(name, found)
    }
  }
  for (const [name, value] of around.services) if (!own.has(name)) own.set(name, value)
  return Array.from(own, ([name, value]) => ({ name, value }))
}

/** A container's command and args with `$(NAME)` replaced by its variables. */
export function withCommand(container: Container, variables: readonly Variable[]): Container {
  const values = new Map(variables.map(({ name, value }) => [name, value]))
  const fill = (words: readonly string[]): string[] => words.map(word => expand(word, name => values.get(name)))
  const { command, args } = container
  return { ...container, ...(command && { command: fill(command) }), ...(args && { args: fill(args) }) }
}

/** What a variable's source says; undefined where an optional one says nothing. */
async function valueFrom(
  pod: Readonly<Pod>,
  container: Container,
  from: EnvVarSource,
  around: Surroundings,
): Promise<string | undefined> {
  const { fieldRef, resourceFieldRef, configMapKeyRef, secretKeyRef } = from
  if (fieldRef) return fieldOf(pod, fieldRef.fieldPath, around.place)
  if (resourceFieldRef) {
    const all = [...(pod.spec?.containers ?? []), ...(pod.spec?.initContainers ?? [])]
    const named = resourceFieldRef.containerName ? all.find(({ name }) => name === resourceFieldRef.containerName) : container
    if (!named) throw new Error(`container ${resourceFieldRef.containerName} not found`)
    return resourceOf(named, resourceFieldRef, around.place)
  }
  const ref = configMapKeyRef ?? secretKeyRef
  if (!ref) return ''
  const name = ref.name ?? ''
  const data = await optionally(ref.optional, () => (configMapKeyRef ? textOf(around, name) : secretTextOf(around, name)))
  const found = data?.[ref.key]
  if (found !== undefined || ref.optional) return found
  throw new Error(`couldn't find key ${ref.key} in ${configMapKeyRef ? 'ConfigMap' : 'Secret'} ${pod.metadata.namespace}/${name}`)
}

const textOf = async (around: Surroundings, name: string): Promise<Record<string, string>> =>
  (await around.configMap(name)).data ?? {}

const secretTextOf = async (around: Surroundings, name: string): Promise<Record<string, string>> =>
  Object.fromEntries(
    Object.entries((await around.secret(name)).data ?? {}).map(([key, text]) => [key, Buffer.from(text, 'base64').toString()]),
  )

/** What is optional and not there is nothing. */
export async function optionally<T>(isOptional: boolean | undefined, get: () => Promise<T>): Promise<T | undefined> {
  try {
    return await get()
  } catch (error) {
    if (isOptional && isReason(error, 'NotFound')) return undefined
    throw error
  }
}

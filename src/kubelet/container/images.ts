import type { Container, Pod } from '#api/core/v1.ts'
import type { Sources } from '#kubelet/node/sources.ts'
import { type ContainerRuntime, type Credentials, type Image, RuntimeError } from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'

/** Why a container cannot be started, in the words of its status. */
export class StartError extends Error {
  readonly reason: string
  /** The image, if it could not be had. */
  readonly image: string | undefined

  constructor(reason: string, message: string, image?: string) {
    super(message)
    this.name = 'StartError'
    this.reason = reason
    this.image = image
  }
}

/** Tells what happens to an image, as an event of its container. */
export type Tell = (type: 'Normal' | 'Warning', reason: string, message: string) => void

/** Makes sure that a container's image is here, by its pull policy. Throws a StartError. */
export async function ensureImage(
  pod: Readonly<Pod>,
  { image = '', imagePullPolicy = 'IfNotPresent' }: Container,
  parts: { readonly runtime: ContainerRuntime; readonly sources: Sources; readonly clock: Clock },
  tell: Tell,
  signal: AbortSignal,
): Promise<Image | undefined> {
  const { runtime, clock } = parts
  const present = imagePullPolicy === 'Always' ? undefined : await runtime.image(image)
  if (present) {
    tell('Normal', 'Pulled', `Container image "${image}" already present on machine and can be accessed by the pod`)
    return present
  }
  if (imagePullPolicy === 'Never') {
    const message = `Container image "${image}" is not present with pull policy of Never`
    tell('Warning', 'ErrImageNeverPull', message)
    throw new StartError('ErrImageNeverPull', message)
  }
  tell('Normal', 'Pulling', `Pulling image "${image}"`)
  const begun = clock.now().getTime()
  try {
    await runtime.perform(
      { do: 'pull image', pod, image, credentials: await credentialsOf(pod, parts.sources, clock.now()) },
      signal,
    )
  } catch (error) {
    if (signal.aborted || !(error instanceof RuntimeError)) throw error
    tell('Warning', 'Failed', `Failed to pull image "${image}": ${error.message}`)
    throw new StartError('ErrImagePull', error.message, image)
  }
  const pulled = await runtime.image(image)
  const took = `${(clock.now().getTime() - begun) / 1000}s`
  const size = `Image size: ${pulled?.sizeBytes ?? 0} bytes.`
  tell('Normal', 'Pulled', `Successfully pulled image "${image}" in ${took} (${took} including waiting). ${size}`)
  return pulled
}

/** Throws where a container that may not run as root would. */
export function refuseRoot(pod: Readonly<Pod>, container: Container, image: Image | undefined): void {
  const { runAsNonRoot, runAsUser } = { ...pod.spec?.securityContext, ...container.securityContext }
  if (!runAsNonRoot) return
  const where = `(pod: "${pod.metadata.name}_${pod.metadata.namespace}(${pod.metadata.uid})", container: ${container.name})`
  const refuse = (why: string): never => {
    throw new StartError('CreateContainerConfigError', `${why} ${where}`)
  }
  if (runAsUser === 0) refuse("container's runAsUser breaks non-root policy")
  if (runAsUser !== undefined) return
  const [user = ''] = (image?.user ?? '').split(':')
  if (user === '' || user === '0' || user === 'root') refuse('container has runAsNonRoot and image will run as root')
  if (!/^\d+$/.test(user))
    refuse(`container has runAsNonRoot and image has non-numeric user (${user}), cannot verify user is non-root`)
}

/** The names and passwords in a pod's imagePullSecrets. Secrets that are missing or unreadable are passed over, as upstream does. */
async function credentialsOf(pod: Readonly<Pod>, sources: Sources, since: Date): Promise<Credentials[]> {
  const all: Credentials[] = []
  for (const { name } of pod.spec?.imagePullSecrets ?? []) {
    const secret = await sources.secret(pod.metadata.namespace!, name ?? '', since).catch(() => undefined)
    const config = secret?.data?.['.dockerconfigjson']
    if (config) all.push(...parseDockerConfig(Buffer.from(config, 'base64').toString()))
  }
  return all
}

function parseDockerConfig(text: string): Credentials[] {
  try {
    const { auths = {} } = JSON.parse(text) as { auths?: Record<string, { username?: string; password?: string; auth?: string }> }
    return Object.entries(auths).map(([server, { username, password, auth = '' }]) => {
      const [user = '', ...rest] = Buffer.from(auth, 'base64').toString().split(':')
      return { server, username: username ?? user, password: password ?? rest.join(':') }
    })
  } catch {
    return []
  }
}

import type Docker from 'dockerode'
import type { Credentials } from '#kubelet/runtime.ts'

/** Fetches an image, with each of the credentials until one is good enough; without any, as nobody. Throws what the last one met. */
export async function pull(
  docker: Docker,
  image: string,
  credentials: readonly Credentials[],
  signal: AbortSignal,
): Promise<void> {
  let refused: unknown
  for (const each of credentials.length > 0 ? credentials : [undefined]) {
    try {
      return await pullAs(docker, image, each, signal)
    } catch (cause) {
      signal.throwIfAborted()
      refused = cause
    }
  }
  throw refused
}

async function pullAs(docker: Docker, image: string, who: Credentials | undefined, signal: AbortSignal): Promise<void> {
  const authconfig = who && { username: who.username, password: who.password, serveraddress: who.server }
  const progress = await docker.pull(withTag(image), { abortSignal: signal, ...(authconfig && { authconfig }) })
  await new Promise<void>((resolve, reject) => {
    docker.modem.followProgress(progress, (error: Error | null) => (error ? reject(error) : resolve()))
  })
}

/** Without a tag the engine would fetch all of them. */
const withTag = (image: string): string => (/[:@][^/]*$/.test(image) ? image : `${image}:latest`)

import type { Endpoint } from '#apiserver/wire/remote.ts'
import { readKubeconfig } from '#client/kubeconfig.ts'

/** Where a webhook is, as its kubeconfig says. Throws a sentence that begins with `what` where it cannot be used. */
export async function readEndpoint(file: string, what: string): Promise<Endpoint> {
  const { server, ca, cert, key, token } = await readKubeconfig(file).catch((cause: Error) => {
    throw new Error(`${what}: ${cause.message}`, { cause })
  })
  return { server, ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }), ...(token && { token }) }
}

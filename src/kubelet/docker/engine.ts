import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import { RuntimeError, type RuntimeReason } from '#kubelet/runtime.ts'
import { pauseArchive, pauseImage } from './pause-image.ts'

const prefix = 'docker://'

/** The id as the engine knows it. */
export const engineId = (id: string): string => (id.startsWith(prefix) ? id.slice(prefix.length) : id)

/** The id as Kubernetes writes it. */
export const wholeId = (id: string): string => prefix + id

/** The connection to a Docker Engine: made when it is first needed, since the library alone costs a tenth of a second. */
export class Engine {
  readonly #socketPath: string | undefined
  #docker: Promise<Docker> | undefined
  #pause: Promise<void> | undefined

  /** Without a path, DOCKER_HOST says where the engine is, or it is where it always is. */
  constructor(socketPath?: string) {
    this.#socketPath = socketPath
  }

  docker(): Promise<Docker> {
    return (this.#docker ??= import('dockerode').then(({ default: Client }) =>
      this.#socketPath ? new Client({ socketPath: this.#socketPath }) : new Client(),
    ))
  }

  async container(id: string): Promise<Docker.Container> {
    return (await this.docker()).getContainer(engineId(id))
  }

  /** Makes the pause image if it is not there. */
  pause(): Promise<void> {
    return (this.#pause ??= this.#importPause().catch((cause: unknown) => {
      this.#pause = undefined
      throw cause
    }))
  }

  async #importPause(): Promise<void> {
    const docker = await this.docker()
    if (await found(docker.getImage(pauseImage).inspect())) return
    const { Arch } = await docker.version()
    const [repo, tag] = pauseImage.split(':')
    const options = { fromSrc: '-', repo, tag, changes: ['ENTRYPOINT ["/pause"]'] }
    const answer = await this.request('POST', '/images/create?', options, { file: pauseArchive(Arch) })
    for await (const _ of answer) {
      // The image is there when the answer has ended.
    }
  }

  /** A request whose answer is a stream, which dockerode itself offers only for some. */
  async request(
    method: 'GET' | 'POST',
    path: string,
    options: object,
    more: { file?: Buffer; abortSignal?: AbortSignal } = {},
  ): Promise<Duplex> {
    const { modem } = (await this.docker()) as {
      modem: { dial(options: object, done: (error: unknown, answer: unknown) => void): void }
    }
    return new Promise((resolve, reject) => {
      modem.dial({ path, method, options, isStream: true, statusCodes: { 200: true }, ...more }, (error, answer) =>
        error ? reject(error) : resolve(answer as Duplex),
      )
    })
  }
}

/** The code that the engine refused a request with; undefined if it was no refusal. */
export const refusal = (cause: unknown): number | undefined =>
  typeof cause === 'object' && cause !== null && 'statusCode' in cause ? Number(cause.statusCode) : undefined

/** The answer, or undefined if what was asked for does not exist. */
export const found = <T>(answer: Promise<T>): Promise<T | undefined> => accept(answer, 404)

/** The answer, or undefined if the engine refused with one of these codes. */
export async function accept<T>(answer: Promise<T>, ...codes: number[]): Promise<T | undefined> {
  try {
    return await answer
  } catch (cause) {
    if (codes.includes(refusal(cause) ?? 0)) return undefined
    throw cause
  }
}

/** The engine's error as the runtime's: its own sentence, without what the library adds. */
export function failure(reason: RuntimeReason, cause: unknown): RuntimeError {
  if (cause instanceof RuntimeError) return cause
  const said = (cause as { json?: { message?: string } } | undefined)?.json?.message
  const message = said ?? (cause instanceof Error ? cause.message : String(cause))
  return new RuntimeError(refusal(cause) === 404 && reason === 'RuntimeError' ? 'NotFound' : reason, message, { cause })
}

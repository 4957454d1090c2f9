/** What a container's probes have found so far; undefined until there were enough tries for a verdict. */
export interface Verdicts {
  readonly startup?: boolean
  readonly liveness?: boolean
  readonly readiness?: boolean
}

/** Why a container could not be started. */
export interface Failure {
  /** `ErrImagePull`, `CreateContainerConfigError`, … */
  readonly reason: string
  readonly message: string
  readonly at: Date
  /** Not before then is it tried again. */
  readonly retryAt: Date
  /** The image, if it could not be had. */
  readonly image?: string
}

/** What the kubelet noticed about a pod that nobody else knows. It may be lost: after a restart it is found out again. */
export interface Known {
  /** By the container's id. */
  verdicts(containerId: string): Verdicts
  /** By the container's name. */
  failure(container: string): Failure | undefined
  /** What an ended container left as its message; by its id. */
  lastWords(containerId: string): string | undefined
}

export const nothingKnown: Known = { verdicts: () => ({}), failure: () => undefined, lastWords: () => undefined }

/** The reason and message of a failure as a status says them: after half the wait, a failed pull is a back-off. */
export function waitingFor({ reason, message, at, retryAt, image }: Failure, now: Date): { reason: string; message: string } {
  const half = (at.getTime() + retryAt.getTime()) / 2
  if (reason !== 'ErrImagePull' || now.getTime() < half) return { reason, message }
  return { reason: 'ImagePullBackOff', message: `Back-off pulling image "${image}": ErrImagePull: ${message}` }
}

import type { Status } from '#api/status.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Clock } from '#machinery/clock.ts'
import { microTimestamp } from '#machinery/time.ts'
import { type AuditEvent, objectRef, userInfo, withoutManagedFields } from './event.ts'
import { type Policy, type Ruling, rulingOn, type Stage } from './policy.ts'
import type { Sink } from './sink.ts'

/** One request, as an auditor sees it. */
export interface Audited {
  readonly id: string
  readonly uri: string
  readonly sourceIps: readonly string[]
  readonly userAgent: string | undefined
  readonly attributes: Attributes
  /** Who came; nobody, where that could not be found out. */
  readonly sender: User | undefined
  /** Whom the sender is taken for, if that is somebody else. */
  readonly impersonated: User | undefined
  readonly received: Date
  /** What was sent, read as an object; nothing, where it is none or has not been read. */
  requestObject(): Promise<unknown>
  /** What an answer holds, read as an object. */
  responseObject(answer: Answer): unknown
}

/** Writes down what is asked of the API server, and what came of it, as far as a policy wants it (upstream: apiserver/pkg/audit). */
export class Auditor {
  readonly #policy: Policy
  readonly #sinks: readonly Sink[]
  readonly #clock: Clock
  /** Whether answers wait until what is told of them is written. */
  readonly blocks: boolean

  constructor(policy: Policy, sinks: readonly Sink[], clock: Clock) {
    this.#policy = policy
    this.#sinks = sinks
    this.#clock = clock
    this.blocks = sinks.some(({ blocks }) => blocks)
  }

  /** The trail of one request; nothing, if the policy wants none. */
  begin(request: Audited): Trail | undefined {
    const ruling = rulingOn(this.#policy, request.impersonated ?? request.sender, request.attributes)
    if (ruling.level === 'None') return undefined
    return new Trail(request, ruling, async (event, stage) => {
      if (ruling.omitStages.has(stage)) return true
      const whole = { ...event, stage, stageTimestamp: microTimestamp(this.#clock.now()) } as AuditEvent
      const written = await Promise.all(this.#sinks.map(sink => sink.write([whole])))
      return written.every(Boolean)
    })
  }

  close(): Promise<void> {
    return Promise.all(this.#sinks.map(sink => sink.close())).then(() => {})
  }
}

/** Writes down one stage; whether that is safe. */
type Write = (event: Omit<AuditEvent, 'stage' | 'stageTimestamp'>, stage: Stage) => Promise<boolean>

/** What is written down of one request, stage by stage. */
export class Trail {
  readonly #request: Audited
  readonly #ruling: Ruling
  readonly #write: Write
  readonly #annotations: Record<string, string> = {}
  #body: unknown
  #status: AuditEvent['responseStatus']
  #response: unknown

  constructor(request: Audited, ruling: Ruling, write: Write) {
    this.#request = request
    this.#ruling = ruling
    this.#write = write
  }

  /** Adds what a part of the server has found; the first word counts, as upstream's. */
  annotate(key: string, value: string): void {
    this.#annotations[key] ??= value
  }

  /** Whether that could be written down. */
  received(): Promise<boolean> {
    return this.#tell('RequestReceived')
  }

  /** Who comes could not be found out: upstream tells it when the answer begins, and no more. */
  async refused(answer: Answer): Promise<void> {
    this.#status = { ...this.#statusOf(answer), message: 'Authentication failed, no credentials' }
    await this.#tell('ResponseStarted')
  }

  /** An answer that is whole. */
  async answered(answer: Answer): Promise<void> {
    await this.#take(answer)
    await this.#tell('ResponseComplete')
  }

  /** An answer that goes on (a watch, a followed log), or a connection that is somebody else's now. `ended` resolves at its end. */
  async started(answer: Pick<Answer, 'code'>, ended: Promise<void>): Promise<void> {
    this.#body = await this.#request.requestObject()
    this.#status = { metadata: {}, code: answer.code }
    void ended.then(() => this.#tell('ResponseComplete'))
    await this.#tell('ResponseStarted')
  }

  async #take(answer: Answer): Promise<void> {
    this.#body = await this.#request.requestObject()
    this.#status = this.#statusOf(answer)
    if (this.#ruling.level === 'RequestResponse') this.#response = this.#request.responseObject(answer)
  }

  #statusOf(answer: Answer): NonNullable<AuditEvent['responseStatus']> {
    if (answer.code < 400) return { metadata: {}, code: answer.code }
    const { kind: _, apiVersion: __, ...status } = (this.#request.responseObject(answer) ?? {}) as Partial<Status>
    return { metadata: {}, ...status, code: answer.code }
  }

  #tell(stage: Stage): Promise<boolean> {
    const { id, uri, sourceIps, userAgent, attributes, sender, impersonated, received } = this.#request
    const { level, omitManagedFields } = this.#ruling
    const shown = (object: unknown): unknown => (omitManagedFields ? withoutManagedFields(object) : object)
    const ref = objectRef(attributes, this.#body)
    const showsRequest = level === 'Request' || level === 'RequestResponse'
    return this.#write(
      {
        kind: 'Event',
        apiVersion: 'audit.k8s.io/v1',
        level,
        auditID: id,
        requestURI: uri,
        verb: attributes.verb,
        user: userInfo(sender),
        ...(impersonated && { impersonatedUser: userInfo(impersonated) }),
        sourceIPs: sourceIps,
        ...(userAgent && { userAgent }),
        ...(ref && { objectRef: ref }),
        ...(this.#status && { responseStatus: this.#status }),
        ...(showsRequest && this.#body !== undefined && { requestObject: shown(this.#body) }),
        ...(this.#response !== undefined && { responseObject: shown(this.#response) }),
        requestReceivedTimestamp: microTimestamp(received),
        ...(Object.keys(this.#annotations).length > 0 && { annotations: { ...this.#annotations } }),
      },
      stage,
    )
  }
}

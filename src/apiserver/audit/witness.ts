import type { Writable } from 'node:stream'
import { StatusError } from '#api/status.ts'
import type { Facts } from '#apiserver/facts.ts'
import type { Answer } from '#apiserver/request/request.ts'
import type { Attributes, User } from '#apiserver/user.ts'
import type { Incoming } from '#apiserver/wire/incoming.ts'
import { decodeMessage, openEnvelope } from '#machinery/codec/decode.ts'
import { decode } from '#machinery/json.ts'
import { decodeYaml } from '#machinery/yaml.ts'
import type { Auditor, Trail } from './auditor.ts'

/** Sees one request go its way, and has the auditor write it down. */
export class Witness {
  readonly #auditor: Auditor
  readonly #incoming: Incoming
  readonly #facts: Facts
  readonly #received: Date
  #sent: Promise<Buffer> | undefined
  #trail: Trail | undefined

  constructor(auditor: Auditor, incoming: Incoming, { facts, now }: { facts: Facts; now: Date }) {
    this.#auditor = auditor
    this.#incoming = incoming
    this.#facts = facts
    this.#received = now
  }

  /** The request's body; what nobody reads is not written down. */
  readonly body = (): Promise<Buffer> => (this.#sent = this.#incoming.body())

  /** What a part of the server has found out. */
  readonly annotate = (key: string, value: string): void => this.#trail?.annotate(key, value)

  /** Somebody comes, and it is known what for. Throws where that must be written down and cannot be (--audit-log-mode=blocking-strict). */
  async comes(attributes: Attributes, sender: User, user: User): Promise<void> {
    this.#trail = this.#begin(attributes, sender, user === sender ? undefined : user)
    for (const [key, value] of Object.entries(sender.notes ?? {})) this.annotate(key, value)
    const isSafe = (await this.#trail?.received()) ?? true
    const { raw } = this.#incoming
    if (!isSafe)
      throw new StatusError('InternalError', `Internal Server Error: ${JSON.stringify(raw.url)}: failed to store audit event`)
  }

  /** Whether they may. */
  decided(decision: string, reason: string | undefined): void {
    this.#trail?.annotate('authorization.k8s.io/decision', decision === 'allow' ? 'allow' : 'forbid')
    this.#trail?.annotate('authorization.k8s.io/reason', reason ?? '')
  }

  /** What they are answered; nothing: the connection is no longer ours. Gives the answer on, when it is written down if that is waited for. */
  async sees(answer: Answer | undefined, attributes: Attributes | undefined): Promise<Answer | undefined> {
    const trail = this.#trail ?? (answer?.code === 401 && attributes && this.#begin(attributes, undefined, undefined))
    if (!trail) return answer
    const { told, shown } = this.#tell(trail, answer)
    if (this.#auditor.blocks) await told
    return shown
  }

  /** Has it written down; the answer that is shown tells of its end where it has one of its own. */
  #tell(trail: Trail, answer: Answer | undefined): { told: Promise<void>; shown: Answer | undefined } {
    if (!answer) {
      const { socket } = this.#incoming.raw
      const closed = new Promise<void>(resolve => socket.once('close', () => resolve()))
      return { told: trail.started({ code: 101 }, closed), shown: undefined }
    }
    if (trail !== this.#trail) return { told: trail.refused(answer), shown: answer }
    const { body } = answer
    if (typeof body !== 'function') return { told: trail.answered(answer), shown: answer }
    const { promise, resolve } = Promise.withResolvers<void>()
    const shown = { ...answer, body: (out: Writable) => body(out).finally(resolve) }
    return { told: trail.started(answer, promise), shown }
  }

  #begin(attributes: Attributes, sender: User | undefined, impersonated: User | undefined): Trail | undefined {
    const { id, headers, raw } = this.#incoming
    return this.#auditor.begin({
      id,
      uri: raw.url ?? attributes.path,
      sourceIps: sourceIpsOf(this.#incoming),
      userAgent: headers['user-agent'],
      attributes,
      sender,
      impersonated,
      received: this.#received,
      requestObject: async () => this.#read(headers['content-type'], await this.#sent?.catch(() => undefined)),
      responseObject: ({ type, body }) =>
        typeof body === 'function' ? undefined : this.#read(type, body instanceof Uint8Array ? body : Buffer.concat(body)),
    })
  }

  /** Bytes as the object they are; nothing for what is none. */
  #read(contentType: string | undefined, bytes: Uint8Array | undefined): unknown {
    if (!bytes?.length) return undefined
    const type = (contentType || 'application/json').split(';')[0]!.trim()
    try {
      if (type.endsWith('json')) return decode(bytes)
      if (type.endsWith('yaml')) return decodeYaml(bytes)
      if (type !== 'application/vnd.kubernetes.protobuf') return undefined
      const { apiVersion, kind, raw } = openEnvelope(bytes)
      const message = this.#facts.message(apiVersion, kind)
      return message && { kind, apiVersion, ...decodeMessage(raw, message) }
    } catch {
      return undefined
    }
  }
}

/** Where a request comes from, as proxies on the way tell it, and as the connection does (upstream: util/net.SourceIPs). */
function sourceIpsOf({ headers, raw }: Incoming): string[] {
  const told = [headers['x-forwarded-for'], headers['x-real-ip']].flat().flatMap(each => each?.split(',') ?? [])
  const all = [...told.map(each => each.trim()), raw.socket?.remoteAddress?.replace(/^::ffff:/, '') ?? '']
  return [...new Set(all.filter(Boolean))]
}

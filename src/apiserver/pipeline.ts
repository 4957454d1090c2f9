import { StatusError } from '#api/status.ts'
import type { Log } from '#machinery/log.ts'
import { Hindered } from '#storage/storage.ts'
import type { Chain } from './admission/chain.ts'
import { answerError, answerText } from './answer/answer.ts'
import type { Auditor } from './audit/auditor.ts'
import { Witness } from './audit/witness.ts'
import type { Authentication } from './authentication/authentication.ts'
import { impersonated } from './authentication/impersonation.ts'
import { authorize } from './authorization/authorize.ts'
import { forbidden } from './authorization/forbidden.ts'
import type { Facts } from './facts.ts'
import type { Turns } from './flow-control/turns.ts'
import type { Deadlines } from './request/deadlines.ts'
import { locate } from './request/locate.ts'
import { isLongRunning } from './request/long-running.ts'
import { asItIs, chosen, negotiate, objectShapes } from './request/negotiate.ts'
import type { Answer, Request } from './request/request.ts'
import { methodNotAllowed, route } from './request/route.ts'
import type { Admit, Resource } from './resource.ts'
import { statusOf } from './store/hindered.ts'
import type { Registry } from './store/registry.ts'
import type { Attributes, Authorizer } from './user.ts'
import { verbs } from './verbs/index.ts'
import type { Tools } from './verbs/verb.ts'
import type { Incoming } from './wire/incoming.ts'
import { zipped } from './wire/zip.ts'

/** A request for what is no resource: each page has its own forms to answer in. */
export type PageRequest = Incoming & Pick<Request, 'attributes' | 'user'>

/** Answers what is no resource: discovery, health, version, OpenAPI. Nothing: no such path. */
export type Page = (request: PageRequest) => Promise<Answer | undefined> | Answer | undefined

export interface Pipeline {
  readonly registry: Registry
  readonly authentication: Pick<Authentication, 'authenticate'>
  readonly turns: Turns
  readonly deadlines: Deadlines
  readonly authorize: Authorizer
  readonly admission: Chain
  readonly pages: readonly Page[]
  readonly tools: Tools
  readonly facts: Facts
  readonly log: Log
  /** Writes down what is asked; left out: nobody does. */
  readonly auditor?: Auditor | undefined
}

/** The way of one request: locate → authenticate → wait for its turn → authorize → serve. Never throws: what goes wrong is answered. Nothing returned: the connection was taken over. */
export async function handle(pipeline: Pipeline, incoming: Incoming): Promise<Answer | undefined> {
  const { auditor, deadlines, facts, tools } = pipeline
  const witness = auditor && new Witness(auditor, incoming, { facts, now: tools.clock.now() })
  let attributes: Attributes | undefined
  let answer: Answer | undefined
  try {
    const located = (attributes = locate(incoming.method, incoming.path, incoming.query))
    const work = (): Promise<Answer | undefined> => letIn(pipeline, incoming, located, witness)
    answer = await (isLongRunning(located) ? work() : deadlines.within(deadlines.limitOf(incoming.query), work, incoming.leave))
  } catch (error) {
    answer = refuse(pipeline, incoming, error)
  }
  const seen = witness ? await witness.sees(answer, attributes) : answer
  return attributes?.isResource ? zipped(seen, incoming.headers) : seen
}

/** Answers a request when it is known who asks, and it is their turn. */
async function letIn(
  pipeline: Pipeline,
  incoming: Incoming,
  attributes: Attributes,
  witness: Witness | undefined,
): Promise<Answer | undefined> {
  const sender = await incoming.authenticate()
  const user = await impersonated(sender, incoming.raw.rawHeaders, (...asked) => authorize(pipeline.authorize, ...asked))
  if (witness) await witness.comes(attributes, sender, user)
  const asked = { ...incoming, attributes, user, ...(witness && { body: witness.body, annotate: witness.annotate }) }
  return pipeline.turns(asked, seated => permit(pipeline, seated, witness))
}

/** Answers a request if its user may ask it. Never throws. */
async function permit(pipeline: Pipeline, asked: PageRequest, witness: Witness | undefined): Promise<Answer | undefined> {
  try {
    const { decision, reason } = await pipeline.authorize(asked.user, asked.attributes)
    witness?.decided(decision, reason)
    if (decision !== 'allow') throw forbidden(asked.user, asked.attributes, reason)
    return await (asked.attributes.isResource ? serve : show)(pipeline, asked)
  } catch (error) {
    return refuse(pipeline, asked, error)
  }
}

const refuse = ({ log, facts }: Pipeline, incoming: Incoming, error: unknown): Answer =>
  answerError(asStatus(error, incoming, log), chosen(incoming, facts.message, asItIs))

/** Answers a request for objects. */
async function serve(pipeline: Pipeline, asked: PageRequest): Promise<Answer | undefined> {
  const { registry, tools, facts } = pipeline
  const { attributes, method } = asked
  if (!registry.serves(attributes.group, attributes.version)) return pageNotFound
  const { store, door } = route(registry, method, attributes)
  const raw = door?.raw ?? door?.kind?.kind.endsWith('Options')
  // An answer to a question is no object to be shown in a table.
  const shapes = store.resource.answer && attributes.verb === 'create' ? asItIs : objectShapes
  const accept = negotiate(raw ? { ...asked, headers: {} } : asked, facts.message, shapes)
  const request: Request = { ...asked, accept, facts }
  if (store.resource.deprecated) request.warn(store.resource.deprecated)
  if (store.resource.answer && !door) return store.resource.answer(request)
  if (!door?.handle) return verbs[attributes.verb]!(request, store, tools)
  const admit = admissionOf(pipeline, request, store.resource)
  // What only looks is nobody's to refuse but the authorizer's; what only makes something is admitted with what it makes.
  if (door.verbs.length > 1) await admit()
  return door.handle(request, admit)
}

/** How a door that does more than write its own object is admitted: what is posted to it as CREATE, a connection as CONNECT. */
function admissionOf({ admission }: Pipeline, request: Request, resource: Resource): Admit {
  const { attributes, user } = request
  const { namespace, name, subresource } = attributes
  return async (object, dryRun = false) => {
    const about = { resource, key: { namespace, name }, subresource, user, object, before: undefined, dryRun }
    const operation = object ? 'CREATE' : 'CONNECT'
    const said = { warn: (message: string) => request.warn(message), ...(request.annotate && { annotate: request.annotate }) }
    await admission.admit({ ...about, operation, ...said }, () => {})
  }
}

/** Answers a request for anything else. */
async function show({ pages }: Pipeline, request: PageRequest): Promise<Answer | undefined> {
  for (const page of pages) {
    const answer = await page(request)
    if (!answer) continue
    if (request.method !== 'GET' && request.method !== 'HEAD') throw methodNotAllowed()
    return answer
  }
  return pageNotFound
}

const pageNotFound = answerText(404, '404 page not found\n')

function asStatus(error: unknown, { method, path, signal }: Incoming, log: Log): StatusError {
  if (error instanceof StatusError) return error
  if (error instanceof Hindered) return statusOf(error)
  if (!signal.aborted)
    log.error('a request failed inside the server', { method, path, error: error instanceof Error ? error.stack : String(error) })
  return new StatusError('InternalError', `Internal error occurred: ${error instanceof Error ? error.message : String(error)}`)
}

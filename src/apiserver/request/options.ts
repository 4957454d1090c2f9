import type { DeleteOptions } from '#api/meta/v1.ts'
import { badRequest, type Cause, invalid } from '#api/status.ts'
import { forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { conform } from '#machinery/fields.ts'
import { DecodeError } from '#machinery/json.ts'
import { longestManager, unprintable, validateManager } from '#machinery/managed-fields.ts'
import { remembering } from '#machinery/remember.ts'
import { mediaTypeOf, readBody } from './body.ts'
import type { FieldValidation } from './field-validation.ts'
import { integerOf, isTrue } from './query.ts'
import type { Request } from './request.ts'

/*
 * metav1.CreateOptions, UpdateOptions, PatchOptions and DeleteOptions: how a write is meant. What contradicts itself is
 * refused in upstream's words (apimachinery/pkg/apis/meta/v1/validation).
 */

/** How a write is meant. */
export interface WriteOptions {
  readonly dryRun: boolean
  /** Who writes: as the client says, or else the first word of its User-Agent. */
  readonly manager: string
  /** Of an apply: whether fields are taken from other managers. */
  readonly force: boolean
  readonly fieldValidation: FieldValidation
}

const optionsOfVerb: Readonly<Record<string, string>> = {
  create: 'CreateOptions',
  update: 'UpdateOptions',
  patch: 'PatchOptions',
}
/** The Content-Type of server-side apply. */
export const applyPatch = 'application/apply-patch+yaml'
const validations = ['', 'Ignore', 'Strict', 'Warn']
const propagations = ['Foreground', 'Background', 'Orphan']

/** Reads the options of a create, an update or a patch off the query. Throws Invalid. */
export function writeOptionsOf(request: Request): WriteOptions {
  const { attributes, query, headers } = request
  const { verb } = attributes
  const manager = query.get('fieldManager') ?? ''
  const dryRun = query.getAll('dryRun')
  const fieldValidation = query.get('fieldValidation') ?? ''
  const causes = [...validateManager(manager, 'fieldManager'), ...checkDryRun(dryRun)]
  if (verb === 'patch') causes.unshift(...checkPatch(query, mediaTypeOf(request)))
  if (!validations.includes(fieldValidation)) causes.push(notSupported('fieldValidation', fieldValidation, validations))
  refuse(optionsOfVerb[verb] ?? 'CreateOptions', causes)
  return {
    dryRun: dryRun.length > 0,
    manager: manager || firstWord(headers['user-agent'] ?? ''),
    force: isTrue(query.get('force')),
    fieldValidation: (fieldValidation || 'Warn') as FieldValidation,
  }
}

function* checkPatch(query: URLSearchParams, type: string): Generator<Cause> {
  if (type === applyPatch) {
    if (!query.get('fieldManager')) yield required('fieldManager', 'is required for apply patch')
  } else if (query.has('force')) yield forbidden('force', 'may not be specified for non-apply patch')
}

/** What stands before the first slash of a User-Agent, as far as it can be printed and is not too long for a manager. */
const firstWord = remembering((agent): string => {
  let word = ''
  for (const character of agent.split('/', 1)[0]!) {
    if (Buffer.byteLength(word + character) > longestManager) break
    if (!unprintable.test(character)) word += character
  }
  return word
})

/** Reads the options of a delete: from the body, or, where there is none, from the query. Throws BadRequest and Invalid. */
export async function deleteOptionsOf(request: Request): Promise<DeleteOptions> {
  const { query } = request
  const orphan = query.get('orphanDependents')
  const grace = integerOf(query, 'gracePeriodSeconds')
  const options = (await optionsInBody(request)) ?? {
    ...(grace !== undefined && { gracePeriodSeconds: grace }),
    ...(query.has('propagationPolicy') && { propagationPolicy: query.get('propagationPolicy')! }),
    ...(orphan !== null && { orphanDependents: isTrue(orphan) }),
    ...(query.has('dryRun') && { dryRun: query.getAll('dryRun') }),
    ...(query.has('uid') && { preconditions: { uid: query.get('uid')! } }),
  }
  refuse('DeleteOptions', [...checkDeleteOptions(options)])
  return options
}

async function optionsInBody(request: Request): Promise<DeleteOptions | undefined> {
  if ((await request.body()).length === 0) return undefined
  try {
    const value = ((await readBody(request)).value ?? {}) as DeleteOptions
    const { kind = 'DeleteOptions', apiVersion = 'v1' } = value
    if (kind !== 'DeleteOptions')
      throw badRequest(
        `no kind "${kind}" is registered for version "${apiVersion}" in scheme "pkg/apis/meta/internalversion/scheme/register.go:27"`,
      )
    const { error } = conform(value, request.facts.schema({ group: 'meta.k8s.io', version: 'v1', kind })!)
    if (error !== undefined) throw badRequest(error)
    return value
  } catch (error) {
    throw error instanceof DecodeError ? badRequest(error.message) : error
  }
}

function* checkDeleteOptions({ propagationPolicy, orphanDependents, dryRun = [] }: DeleteOptions): Generator<Cause> {
  if (propagationPolicy !== undefined && orphanDependents !== undefined)
    yield invalidValue('propagationPolicy', propagationPolicy, 'orphanDependents and deletionPropagation cannot be both set')
  if (propagationPolicy !== undefined && !propagations.includes(propagationPolicy))
    yield notSupported('propagationPolicy', propagationPolicy, [...propagations, 'nil'])
  yield* checkDryRun(dryRun)
}

function* checkDryRun(values: readonly string[]): Generator<Cause> {
  if (values.some(value => value !== 'All')) yield notSupported('dryRun', values, ['All'])
}

/** Throws Invalid for options that something is wrong with. */
export function refuse(kind: string, causes: readonly Cause[]): void {
  if (causes.length > 0) throw invalid({ group: 'meta.k8s.io', kind }, '', causes)
}

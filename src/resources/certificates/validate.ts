import type { CertificateSigningRequest, CertificateSigningRequestCondition } from '#api/certificates/v1.ts'
import type { Cause } from '#api/status.ts'
import { duplicate, forbidden, invalidValue, notSupported, required } from '#machinery/causes.ts'
import { equal } from '#machinery/equality.ts'
import { certificatesProblem, requestProblem } from '#machinery/pkcs10.ts'
import { each } from '#resources/checks.ts'
import { validateSignerName } from './signer-name.ts'

type Conditions = readonly CertificateSigningRequestCondition[]

/** The conditions that only the approval door may add. */
export const approvals: readonly string[] = ['Approved', 'Denied']
/** The conditions that are true or not there, and stay for ever. */
const verdicts: readonly string[] = ['Approved', 'Denied', 'Failed']

const usages: readonly string[] = [
  'any',
  'cert sign',
  'client auth',
  'code signing',
  'content commitment',
  'crl sign',
  'data encipherment',
  'decipher only',
  'digital signature',
  'email protection',
  'encipher only',
  'ipsec end system',
  'ipsec tunnel',
  'ipsec user',
  'key agreement',
  'key encipherment',
  'microsoft sgc',
  'netscape sgc',
  'ocsp signing',
  's/mime',
  'server auth',
  'signing',
  'timestamping',
]

const text = (base64: string | undefined): string => Buffer.from(base64 ?? '', 'base64').toString()

/** What is wrong with a request for a certificate (upstream: pkg/apis/certificates/validation). */
export function* validateRequest(
  { spec, status }: CertificateSigningRequest,
  before?: CertificateSigningRequest,
): Generator<Cause> {
  const { request, signerName, usages: asked = [], expirationSeconds } = spec ?? {}
  const problem = requestProblem(text(request))
  if (problem) yield invalidValue('spec.request', request ?? '', problem)
  if (asked.length === 0) yield required('spec.usages')
  yield* each(asked, 'spec.usages', function* (usage, at, index) {
    if (!usages.includes(usage)) yield notSupported(at, usage, usages)
    if (asked.indexOf(usage) < index) yield duplicate(at, usage)
  })
  if (signerName === 'kubernetes.io/legacy-unknown' && !before)
    yield invalidValue('spec.signerName', signerName, 'the legacy signerName is not allowed via this API version')
  else yield* validateSignerName(signerName, 'spec.signerName')
  if (expirationSeconds !== undefined && expirationSeconds < 600)
    yield invalidValue(
      'spec.expirationSeconds',
      expirationSeconds,
      'may not specify a duration less than 600 seconds (10 minutes)',
    )
  yield* validateConditions(status?.conditions ?? [], 'status.conditions')
  const certificate = status?.certificate
  const broken = certificate && certificate !== before?.status?.certificate && certificatesProblem(text(certificate))
  if (broken) yield invalidValue('status.certificate', '<certificate data>', broken)
}

function* validateConditions(conditions: Conditions, path: string): Generator<Cause> {
  const types = conditions.map(({ type }) => type)
  yield* each(conditions, path, function* ({ type, status }, at, index) {
    const possible = verdicts.includes(type) ? ['True'] : ['False', 'True', 'Unknown']
    if (!type) yield required(`${at}.type`)
    if (!status) yield required(`${at}.status`)
    else if (!possible.includes(status)) yield notSupported(`${at}.status`, status, possible)
    if (types.indexOf(type) < index) yield duplicate(`${at}.type`, type)
  })
  if (types.includes('Approved') && types.includes('Denied'))
    yield invalidValue(path, conditions, 'Approved and Denied conditions are mutually exclusive')
}

/** The same for a change that comes through one of the doors. */
export function* validateRequestUpdate(
  request: CertificateSigningRequest,
  before: CertificateSigningRequest,
  door: 'main' | 'status' | 'approval',
): Generator<Cause> {
  yield* validateRequest(request, before)
  const path = 'status.conditions'
  const of = ({ status }: CertificateSigningRequest, type: string): Conditions =>
    (status?.conditions ?? []).filter(condition => condition.type === type)
  for (const type of verdicts)
    if (of(request, type).length < of(before, type).length)
      yield forbidden(path, `updates may not remove a condition of type "${type}"`)
  for (const type of door === 'approval' ? [] : approvals) {
    const now = of(request, type)
    const were = of(before, type)
    if (now.length > were.length) yield forbidden(path, `updates may not add a condition of type "${type}"`)
    else if (now.length === were.length && !equal(now, were))
      yield forbidden(path, `updates may not modify a condition of type "${type}"`)
  }
  const was = before.status?.certificate ?? ''
  if ((request.status?.certificate ?? '') === was) return
  if (door !== 'status') yield forbidden('status.certificate', 'updates may not set certificate content')
  else if (was) yield forbidden('status.certificate', 'updates may not modify existing certificate content')
}

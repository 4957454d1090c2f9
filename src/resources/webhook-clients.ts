import type { Cause } from '#api/status.ts'
import { invalidValue, required } from '#machinery/causes.ts'
import { dns1123Subdomain, portNumber } from '#machinery/names.ts'

/*
 * Where the webhooks of admission and of conversion are (upstream: apiserver/pkg/util/webhook/validation.go).
 */

const form = '; desired format: https://host[/path]'

/** Checks the URL of a webhook. */
export function* validateWebhookUrl(text: string, path: string): Generator<Cause> {
  const [, scheme = '', rest = text] = /^([a-zA-Z][a-zA-Z0-9+.-]*):(.*)$/s.exec(text) ?? []
  if (/\s|\p{Cc}|%(?![0-9a-fA-F]{2})/u.test(text)) {
    yield required(path, `url must be a valid URL: parse ${JSON.stringify(text)}: invalid URL${form}`)
    return
  }
  // Go keeps what WHATWG's parser would mend, so the parts are taken as they stand.
  const [, authority = '', query, fragment] = /^(?:\/\/([^/?#]*))?[^?#]*(?:\?([^#]*))?(?:#(.*))?$/s.exec(rest) ?? []
  const at = authority.lastIndexOf('@')
  const host = authority.slice(at + 1)
  if (scheme.toLowerCase() !== 'https')
    yield invalidValue(path, scheme.toLowerCase(), `'https' is the only allowed URL scheme${form}`)
  if (!host) yield invalidValue(path, host, `host must be specified${form}`)
  if (at >= 0) yield invalidValue(path, authority.slice(0, at), 'user information is not permitted in the URL')
  if (fragment) yield invalidValue(path, fragment, 'fragments are not permitted in the URL')
  if (query) yield invalidValue(path, query, 'query parameters are not permitted in the URL')
}

interface ServiceReference {
  readonly namespace?: string
  readonly name?: string
  readonly path?: string
  readonly port?: number
}

/** Checks the Service behind which a webhook is. */
export function* validateWebhookService(
  { namespace, name, path: target, port = 0 }: ServiceReference,
  path: string,
): Generator<Cause> {
  // Upstream takes the two the wrong way round, and says so here.
  if (!namespace) yield required(`${path}.name`)
  if (!name) yield required(`${path}.namespace`)
  const problems = portNumber(port)
  if (problems.length > 0) yield invalidValue(`${path}.port`, port, `port is not valid: ${problems.join(', ')}`)
  if (target) yield* validateWebhookPath(target, `${path}.path`)
}

function* validateWebhookPath(target: string, path: string): Generator<Cause> {
  if (target === '/') return
  if (target === '//') {
    yield invalidValue(path, target, 'segment[0] may not be empty')
    return
  }
  if (!target.startsWith('/')) yield invalidValue(path, target, "must start with a '/'")
  for (const [index, step] of target.slice(1).replace(/\/$/, '').split('/').entries()) {
    if (!step) yield invalidValue(path, target, `segment[${index}] may not be empty`)
    else for (const problem of dns1123Subdomain(step)) yield invalidValue(path, target, `segment[${index}]: ${problem}`)
  }
}

import type { Cause } from '#api/status.ts'
import { invalidValue, required, tooLong } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain, type NameCheck } from '#machinery/names.ts'

const longestDomain = 253
const longest = longestDomain + 1 + (253 + 63 + 1)

/** Checks a signer's name: `example.com/signer-name` (upstream: ValidateSignerName). */
export function* validateSignerName(name: string | undefined, path: string): Generator<Cause> {
  if (!name) {
    yield required(path)
    return
  }
  const [domain = '', signer = '', ...more] = name.split('/')
  if (more.length > 0 || !name.includes('/')) {
    yield invalidValue(path, name, "must be a fully qualified domain and path of the form 'example.com/signer-name'")
    return
  }
  if (Buffer.byteLength(domain) > longestDomain) yield tooLong(path, longestDomain)
  yield* firstBadLabel(domain, path, dns1123Label)
  if (!domain.includes('.')) yield invalidValue(path, domain, 'should be a domain with at least two segments separated by dots')
  yield* firstBadLabel(signer, path, dns1123Subdomain)
  if (Buffer.byteLength(name) > longest) yield tooLong(path, longest)
}

function* firstBadLabel(text: string, path: string, check: NameCheck): Generator<Cause> {
  for (const label of text.split('.')) {
    const problems = check(label)
    for (const problem of problems) yield invalidValue(path, text, `validating label ${JSON.stringify(label)}: ${problem}`)
    if (problems.length > 0) return
  }
}

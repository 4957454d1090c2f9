import type { PodSpec, WindowsSecurityContextOptions } from '#api/core/v1.ts'
import type { Cause } from '#api/status.ts'
import { invalidEach, invalidValue } from '#machinery/causes.ts'
import { dns1123Subdomain } from '#machinery/names.ts'
import { containersOf } from './every-container.ts'

const longest = { specKiB: 64, domain: 256, user: 104 }

const dnsLabel = '[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?'
const dnsDomain = new RegExp(`^${dnsLabel}(?:\\.${dnsLabel})*$`)
const netBiosDomain = /^[^\\/:*?"<>|.][^\\/:*?"<>|]{0,14}$/
// biome-ignore lint/suspicious/noControlCharactersInRegex: it is these that are looked for
const control = /[\x00-\x1f\x7f]/

/** Checks under which identity something runs on Windows. */
export function* validateWindowsOptions(options: WindowsSecurityContextOptions | undefined, path: string): Generator<Cause> {
  if (!options) return
  const { gmsaCredentialSpecName, gmsaCredentialSpec, runAsUserName } = options
  if (gmsaCredentialSpecName !== undefined) {
    yield* invalidEach(`${path}.gmsaCredentialSpecName`, gmsaCredentialSpecName, dns1123Subdomain(gmsaCredentialSpecName))
  }
  if (gmsaCredentialSpec === '')
    yield invalidValue(`${path}.gmsaCredentialSpec`, '', 'gmsaCredentialSpec cannot be an empty string')
  else if (Buffer.byteLength(gmsaCredentialSpec ?? '') > longest.specKiB * 1024) {
    const detail = `gmsaCredentialSpec size must be under ${longest.specKiB} KiB`
    yield invalidValue(`${path}.gmsaCredentialSpec`, gmsaCredentialSpec, detail)
  }
  if (runAsUserName !== undefined)
    yield* invalidEach(
      `${path}.runAsUserName`,
      runAsUserName,
      [...userProblems(runAsUserName)].map(it => `runAsUserName${it}`),
    )
}

/** What is wrong with `DOMAIN\user` or `user`. */
function* userProblems(name: string): Generator<string> {
  const parts = name.split('\\')
  if (!name) yield ' cannot be an empty string'
  else if (control.test(name)) yield ' cannot contain control characters'
  else if (parts.length > 2) yield ' cannot contain more than one backslash'
  if (!name || control.test(name) || parts.length > 2) return
  const user = parts.pop()!
  for (const domain of parts) {
    if (domain.length >= longest.domain) yield `'s Domain length must be under ${longest.domain} characters`
    if (!netBiosDomain.test(domain) && !dnsDomain.test(domain)) yield "'s Domain doesn't match the NetBios nor the DNS format"
  }
  if (!user) yield "'s User cannot be empty"
  else if (user.length > longest.user) yield `'s User length must not be longer than ${longest.user} characters`
  if (/^[. ]+$/.test(user)) yield "'s User cannot contain only periods or spaces"
  if (/["/\\:;|=,+*?<>@[\]]/.test(user)) yield `'s User cannot contain the following characters: "/\\:;|=,+*?<>@[]`
}

/** Checks that a pod runs as processes of the host with all its containers or with none. `path` is the spec's. */
export function* validateHostProcess(spec: PodSpec, path: string): Generator<Cause> {
  const ofPod = spec.securityContext?.windowsOptions?.hostProcess
  let containers = 0
  let onHost = 0
  for (const [{ securityContext }, at] of containersOf(spec, path)) {
    const own = securityContext?.windowsOptions?.hostProcess
    if (ofPod !== undefined && own !== undefined && ofPod !== own) {
      const detail = `pod hostProcess value must be identical if both are specified, was ${ofPod}`
      yield invalidValue(`${at}.securityContext.windowsOptions.hostProcess`, own, detail)
    }
    containers++
    if (own ?? ofPod) onHost++
  }
  if (onHost === 0) return
  if (onHost !== containers) {
    const detail = 'If pod contains any hostProcess containers then all containers must be HostProcess containers'
    yield invalidValue(path, '', detail)
  }
  if (!spec.hostNetwork)
    yield invalidValue(`${path}.hostNetwork`, false, 'hostNetwork must be true if pod contains any hostProcess containers')
}

/** DER's name of an organization (2.5.4.10), as it stands before its value. */
const organization = Buffer.from([0x06, 0x03, 0x55, 0x04, 0x0a])

/**
 * The organizations in the subject of a PEM certificate request in base64, as CSRs carry it; nothing if there is no request in it.
 * It looks for the attribute wherever it stands and so may find too many, never too few: enough for who refuses by it.
 */
export function organizationsOf(request: string | undefined): readonly string[] | undefined {
  const pem = Buffer.from(request ?? '', 'base64').toString('latin1')
  const [, body] = /-----BEGIN (?:NEW )?CERTIFICATE REQUEST-----([^-]*)-----END/.exec(pem) ?? []
  if (body === undefined) return undefined
  const der = Buffer.from(body, 'base64')
  const found: string[] = []
  for (let at = der.indexOf(organization); at >= 0; at = der.indexOf(organization, at + 1)) {
    // A tag, a length (short: organizations are at most 64 characters), and the text.
    const start = at + organization.length + 2
    const length = der[start - 1] ?? 0
    if (length < 0x80) found.push(der.subarray(start, start + length).toString())
  }
  return found
}

const component = '[a-z0-9]+(?:(?:\\.|_|__|-+)[a-z0-9]+)*'
const reference = new RegExp(
  `^(?:[a-zA-Z0-9][-a-zA-Z0-9.]*(?::[0-9]+)?/)?${component}(?:/${component})*(?::([a-zA-Z0-9_][-a-zA-Z0-9_.]{0,127}))?(@[a-z0-9+._-]+:[0-9a-fA-F]{32,})?$`,
)

/** When to pull an image if nobody said: always if its tag is `latest` (or missing), else once. */
export function pullPolicyFor(image: string): 'Always' | 'IfNotPresent' {
  const found = image.length <= 512 ? reference.exec(image) : null
  if (!found) return 'IfNotPresent'
  const [, tag, digest] = found
  return tag === 'latest' || (!tag && !digest) ? 'Always' : 'IfNotPresent'
}

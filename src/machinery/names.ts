/** What is wrong with a name, in upstream's sentences; empty when nothing is. */
export type NameCheck = (value: string) => string[]

const dns1123LabelFormat = '[a-z0-9]([-a-z0-9]*[a-z0-9])?'
const dns1123SubdomainFormat = `${dns1123LabelFormat}(\\.${dns1123LabelFormat})*`
const qualifiedFormat = '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]'

const isSubdomain = whole(dns1123SubdomainFormat)
const isLabel = whole(dns1123LabelFormat)
const isQualified = whole(qualifiedFormat)

const labelSentence = regexSentence(
  "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and must start and end with an alphanumeric character",
  dns1123LabelFormat,
  'my-name',
  '123-abc',
)

const subdomainSentence = regexSentence(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or '.', and must start and end with an alphanumeric character",
  dns1123SubdomainFormat,
  'example.com',
)

const qualifiedSentence = regexSentence(
  "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  qualifiedFormat,
  'MyName',
  'my.name',
  '123-abc',
)

/** The names of most things that become host names: namespaces, containers. */
export const dns1123Label: NameCheck = value => {
  const problems = atMost(63, value)
  // Its length was judged above, so a subdomain that is no label has dots.
  if (!isLabel.test(value)) problems.push(isSubdomain.test(value) ? 'must not contain dots' : labelSentence)
  return problems
}

/** The names of most objects. */
export const dns1123Subdomain: NameCheck = value => {
  const problems = atMost(253, value)
  if (!isSubdomain.test(value)) problems.push(subdomainSentence)
  return problems
}

/** Domains in which services of any kind are looked up. */
export const dns1123SubdomainWithUnderscore: NameCheck = patterned(
  "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '_', '-' or '.', and must start and end with an alphanumeric character",
  '_?[a-z0-9]([-_a-z0-9]*[a-z0-9])?(\\._?[a-z0-9]([-_a-z0-9]*[a-z0-9])?)*',
  ['example.com'],
  253,
)

/** Older host names, which must begin with a letter. */
export const dns1035Label: NameCheck = patterned(
  "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character",
  '[a-z]([-a-z0-9]*[a-z0-9])?',
  ['my-name', 'abc-123'],
  63,
)

/** Host names in which the first label may stand for any: `*.example.com`. */
export const wildcardSubdomain: NameCheck = patterned(
  "a wildcard DNS-1123 subdomain must start with '*.', followed by a valid DNS subdomain, which must consist of lower case alphanumeric characters, '-' or '.' and end with an alphanumeric character",
  `\\*\\.${dns1123SubdomainFormat}`,
  ['*.example.com'],
  253,
)

/** Keys of labels and annotations, finalizers, conditions: a name with an optional domain before a slash. */
export const qualifiedName: NameCheck = value => {
  const parts = value.split('/')
  if (parts.length > 2) {
    return [`a valid label key ${qualifiedSentence} with an optional DNS subdomain prefix and '/' (e.g. 'example.com/MyName')`]
  }
  const name = parts.pop()!
  return [...parts.flatMap(prefixProblems), ...namePartProblems(name)].map(([part, problem]) => `${part} part ${problem}`)
}

const prefixProblems = (prefix: string): [string, string][] => {
  if (prefix === '') return [['prefix', 'must be non-empty']]
  const problems = atMost(253, prefix, 'bytes')
  if (!isSubdomain.test(prefix)) problems.push(subdomainSentence)
  return problems.map(problem => ['prefix', problem])
}

const namePartProblems = (name: string): [string, string][] => {
  const problems = name === '' ? ['must be non-empty'] : atMost(63, name, 'bytes')
  if (!isQualified.test(name)) problems.push(qualifiedSentence)
  return problems.map(problem => ['name', problem])
}

/** Values of labels. */
export const labelValue: NameCheck = patterned(
  "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character",
  `(${qualifiedFormat})?`,
  ['MyValue', 'my_value', '12345'],
  63,
  'bytes',
)

/** Identifiers of the C language. */
export const cIdentifier: NameCheck = patterned(
  "a valid C identifier must start with alphabetic character or '_', followed by a string of alphanumeric characters or '_'",
  '[A-Za-z_][A-Za-z0-9_]*',
  ['my_name', 'MY_NAME', 'MyName'],
)

const envVarPattern = patterned(
  "a valid environment variable name must consist of alphabetic characters, digits, '_', '-', or '.', and must not start with a digit",
  '[-._a-zA-Z][-._a-zA-Z0-9]*',
  ['my.env-name', 'MY_ENV.NAME', 'MyEnvName1'],
)

/** Names of environment variables that every shell takes. */
export const envVarName: NameCheck = value => [...envVarPattern(value), ...parentDirectory(value)]

/** Names of environment variables as containers may have them. */
export const relaxedEnvVarName: NameCheck = value => {
  if (value === '') return ['environment variable name must be non-empty']
  if (/^[ -<>-~]+$/.test(value)) return []
  return ["a valid environment variable name must consist only of printable ASCII characters other than '='"]
}

const configMapKeyPattern = patterned(
  "a valid config key must consist of alphanumeric characters, '-', '_' or '.'",
  '[-._a-zA-Z0-9]+',
  ['key.name', 'KEY_NAME', 'key-name'],
  253,
)

/** Keys of ConfigMaps and Secrets, which become file names. */
export const configMapKey: NameCheck = value => [...configMapKeyPattern(value), ...parentDirectory(value)]

const standardFinalizers = new Set(['kubernetes', 'orphan', 'foregroundDeletion'])

/** Finalizers of built-in objects: a well-known one, or someone's by their domain. */
export const knownFinalizer: NameCheck = value =>
  value.includes('/') || standardFinalizers.has(value)
    ? []
    : ['name is neither a standard finalizer name nor is it fully qualified']

/** Names of container ports (IANA service names). */
export const portName: NameCheck = value => {
  const problems = atMost(15, value)
  if (!/^[-a-z0-9]+$/.test(value)) problems.push('must contain only alpha-numeric characters (a-z, 0-9), and hyphens (-)')
  if (!/[a-z]/.test(value)) problems.push('must contain at least one letter (a-z)')
  if (value.includes('--')) problems.push('must not contain consecutive hyphens')
  if (value.startsWith('-') || value.endsWith('-')) problems.push('must not begin or end with a hyphen')
  return problems
}

/** Percentages such as `25%`. */
export const percent: NameCheck = patterned(
  "a valid percent string must be a numeric string followed by an ending '%'",
  '[0-9]+%',
  ['1%', '93%'],
)

/** Names of HTTP headers. */
export const httpHeaderName: NameCheck = patterned(
  "a valid HTTP header must consist of alphanumeric characters or '-'",
  '[-A-Za-z0-9]+',
  ['X-Header-Name'],
)

/** Whether a number lies between two bounds, both included. */
export const inRange = (value: number, min: number, max: number): string[] =>
  value >= min && value <= max ? [] : [`must be between ${min} and ${max}, inclusive`]

/** TCP, UDP and SCTP ports. */
export const portNumber = (value: number): string[] => inRange(value, 1, 65535)

/** User IDs of the operating system. */
export const userId = (value: number): string[] => inRange(value, 0, 2147483647)

/** Group IDs of the operating system. */
export const groupId = userId

function patterned(message: string, format: string, examples: readonly string[], max = Infinity, unit = 'characters'): NameCheck {
  const pattern = whole(format)
  const sentence = regexSentence(message, format, ...examples)
  return value => {
    const problems = atMost(max, value, unit)
    if (!pattern.test(value)) problems.push(sentence)
    return problems
  }
}

function whole(format: string): RegExp {
  return new RegExp(`^(?:${format})$`)
}

/** Upstream counts bytes, whatever its message says. */
function atMost(max: number, value: string, unit = 'characters'): string[] {
  return value.length * 3 > max && Buffer.byteLength(value) > max ? [`must be no more than ${max} ${unit}`] : []
}

function regexSentence(message: string, format: string, ...examples: readonly string[]): string {
  return `${message} (e.g. ${examples.map(example => `'${example}', `).join(' or ')}regex used for validation is '${format}')`
}

function parentDirectory(value: string): string[] {
  if (value === '.' || value === '..') return [`must not be '${value}'`]
  return value.startsWith('..') ? ["must not start with '..'"] : []
}

type Step = (node: unknown) => unknown[]

/**
 * Compiles a path in kubectl's dialect of JSONPath, as printer columns have it: `.spec.replicas`, `.metadata.labels.a\.b`,
 * `['a.b']`, `[0]`, `[-1]`, `[1:3]`, `[*]`, `..name`, `[?(@.type=="Ready")].status`. Braces around it do not matter.
 * The reader gives every value the path leads to. Throws an Error if it is no path.
 */
export function compileJsonPath(path: string): (object: unknown) => unknown[] {
  const steps = stepsOf(
    path
      .trim()
      .replace(/^\{([\s\S]*)\}$/, '$1')
      .replace(/^\$/, ''),
    path,
  )
  return object => steps.reduce<unknown[]>((nodes, step) => nodes.flatMap(step), [object])
}

const name = /^\.?((?:\\.|[^.[\]\\{}\s])+)/s
const forms: readonly (readonly [RegExp, (match: RegExpExecArray, path: string) => Step])[] = [
  [/^\.\.\*?(?=\.|\[|$)/, () => descendants],
  [/^\.(?=\.)/, () => descendants],
  [/^(?:\.\*|\.?\[\*\])/, () => children],
  [/^\.?\[\s*(['"])((?:\\.|(?!\1)[^\\])*)\1\s*\]/s, ([, , key]) => member(unescaped(key!))],
  [
    /^\.?\[\s*(-?\d+)\s*\]/,
    ([, index]) =>
      node =>
        list(node).slice(Number(index)).slice(0, 1),
  ],
  [/^\.?\[\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(\d+)\s*)?\]/, ([, from, to, by]) => slice(from!, to!, by)],
  [/^\.?\[\?\(((?:[^()'"]|'[^']*'|"(?:\\.|[^"\\])*")*)\)\]/s, ([, filter], path) => filtered(filter!, path)],
  [name, ([, key]) => member(unescaped(key!))],
]

function stepsOf(text: string, path: string): Step[] {
  const steps: Step[] = []
  let rest = text === '.' ? '' : text
  while (rest !== '') {
    const [match, step] = next(rest, path)
    steps.push(step)
    rest = rest.slice(match.length)
  }
  return steps
}

function next(rest: string, path: string): [string, Step] {
  for (const [form, stepOf] of forms) {
    const match = form.exec(rest)
    if (match) return [match[0], stepOf(match, path)]
  }
  throw new Error(`unrecognized path ${JSON.stringify(path)} at ${JSON.stringify(rest)}`)
}

const unescaped = (key: string): string => key.replace(/\\([\s\S])/g, '$1')

const isObject = (node: unknown): node is object => typeof node === 'object' && node !== null

const list = (node: unknown): unknown[] => (Array.isArray(node) ? node : [])

const children: Step = node => (isObject(node) ? Object.values(node) : [])

const descendants: Step = node => [node, ...children(node).filter(isObject).flatMap(descendants)]

const member =
  (key: string): Step =>
  node =>
    isObject(node) && !Array.isArray(node) && Object.hasOwn(node, key) ? [(node as Record<string, unknown>)[key]] : []

const slice = (from: string, to: string, by: string | undefined): Step => {
  const step = Math.max(1, Number(by ?? 1))
  return node =>
    list(node)
      .slice(Number(from || 0), to ? Number(to) : undefined)
      .filter((_, i) => i % step === 0)
}

const comparisons: Readonly<Record<string, (a: unknown, b: unknown) => boolean>> = {
  '==': (a, b) => a === b,
  '!=': (a, b) => a !== b,
  '<': (a, b) => order(a, b) < 0,
  '<=': (a, b) => order(a, b) <= 0,
  '>': (a, b) => order(a, b) > 0,
  '>=': (a, b) => order(a, b) >= 0,
}

/** NaN, which compares to nothing, if the two are not of one kind. */
function order(a: unknown, b: unknown): number {
  if (typeof a === 'number' && typeof b === 'number') return a - b
  return typeof a === 'string' && typeof b === 'string' ? (a < b ? -1 : Number(a > b)) : Number.NaN
}

/** `@.type=="Ready"`, or `@.type` alone, which asks whether it is there. */
function filtered(text: string, path: string): Step {
  const [, left = text, sign, right] = /^(.*?)\s*(==|!=|<=|>=|<|>)\s*(.*)$/s.exec(text.trim()) ?? []
  const a = operand(left.trim(), path)
  if (!sign) return node => list(node).filter(item => a(item).length > 0)
  const b = operand(right!.trim(), path)
  return node => list(node).filter(item => a(item).some(x => b(item).some(y => comparisons[sign]!(x, y))))
}

function operand(text: string, path: string): Step {
  if (text.startsWith('@')) return compileJsonPath(text.slice(1) || '.')
  if (/^'.*'$/s.test(text)) return () => [text.slice(1, -1)]
  try {
    const value: unknown = JSON.parse(text)
    return () => [value]
  } catch {
    throw new Error(`unrecognized path ${JSON.stringify(path)} at ${JSON.stringify(text)}`)
  }
}

import assert from 'node:assert/strict'
import fc from 'fast-check'
import { compile, type Environment } from './compile.ts'
import { functions } from './functions/index.ts'
import { jsonValue } from './json-value.ts'
import { CompilationError } from './problem.ts'
import { bool, dyn, int, list, map, object, string } from './type.ts'
import { EvaluationError, type Value } from './value.ts'

const pod = object('Pod', { name: string, replicas: int, labels: map(string, string), args: list(string), on: bool })
const environment: Environment = { variables: { pod, free: dyn }, functions }

const json = { name: 'web-1', replicas: 3, labels: { app: 'web' }, args: ['-a', '-b'] }
const evaluate = (text: string, free: unknown = null): Value =>
  compile(text, environment).evaluate({ pod: jsonValue(json, pod), free: jsonValue(free) })

describe('an expression', () => {
  it('is evaluated against typed and untyped values', () => {
    assert.equal(evaluate("pod.name.startsWith('web') && pod.replicas % 2 == 1"), true)
    assert.equal(evaluate("pod.labels.?tier.orValue('none')"), 'none')
    assert.equal(evaluate("pod.args.exists(arg, arg == '-b') && !has(pod.on)"), true)
    assert.deepEqual(evaluate('pod.args.transformList(i, arg, string(i) + arg)'), ['0-a', '1-b'])
    assert.equal(evaluate("free.a.b[1] == 'x' && free.n + 1 == 8", { a: { b: [0, 'x'] }, n: 7 }), true)
    assert.equal(evaluate('[3, 1, 2].sortBy(n, -n)[0] + lists.range(3).sum()'), 6n)
    assert.equal(evaluate("quantity('1.5Gi').isGreaterThan(quantity('1G')) && sets.contains(['a', 'b'], ['a'])"), true)
  })

  it('has no value where a part that counts has none', () => {
    const fails = (text: string, message: string) =>
      assert.throws(
        () => evaluate(text),
        (error: Error) => error instanceof EvaluationError && error.message === message,
      )
    fails('free.a', 'no such overload')
    fails("pod.labels['b']", 'no such key: b')
    fails('pod.args[2]', 'index out of bounds: 2')
    fails('9223372036854775807 + pod.replicas', 'integer overflow')
    fails("duration('1h') > duration(pod.name)", 'time: invalid duration "web-1"')
    fails('pod.replicas / 0 == 1 || false', 'division by zero')
    assert.equal(evaluate('pod.replicas / 0 == 1 || true'), true)
    assert.equal(evaluate('[0, 1].exists(n, 1 / n > 0)'), true)
  })

  it('is refused with upstream’s words, at the place that is wrong', () => {
    const refused = (text: string, message: string) =>
      assert.throws(() => compile(text, environment), { message: `compilation failed: ${message}` })
    refused('pod.nme', "ERROR: <input>:1:4: undefined field 'nme'\n | pod.nme\n | ...^")
    refused('pad', "ERROR: <input>:1:1: undeclared reference to 'pad' (in container '')\n | pad\n | ^")
    refused(
      'pod.replicas + pod.name',
      "ERROR: <input>:1:14: found no matching overload for '_+_' applied to '(int, string)'\n | pod.replicas + pod.name\n | .............^",
    )
    refused(
      "true &&\n  [1, 'a'] == []",
      "ERROR: <input>:2:7: expected type 'int' but found 'string'\n |   [1, 'a'] == []\n | ......^",
    )
    refused(
      "pod.name.matches('(')",
      "ERROR: <input>:1:18: invalid matches argument\n | pod.name.matches('(')\n | .................^",
    )
    refused(
      'cel.bind(x, 1, x)',
      [
        "ERROR: <input>:1:1: undeclared reference to 'cel' (in container '')\n | cel.bind(x, 1, x)\n | ^",
        "ERROR: <input>:1:9: undeclared reference to 'bind' (in container '')\n | cel.bind(x, 1, x)\n | ........^",
        "ERROR: <input>:1:10: undeclared reference to 'x' (in container '')\n | cel.bind(x, 1, x)\n | .........^",
        "ERROR: <input>:1:16: undeclared reference to 'x' (in container '')\n | cel.bind(x, 1, x)\n | ...............^",
      ].join('\n'),
    )
  })
})

/** Evaluates without a look at what it comes to: a bad answer is as good as a refusal. */
function survive(text: string, free: unknown = null): void {
  try {
    evaluate(text, free)
  } catch (error) {
    assert.ok(error instanceof EvaluationError || error instanceof CompilationError, `${text.slice(0, 200)}: ${error}`)
  }
}

describe('a hostile expression', () => {
  const nested = (levels: number, inner: (level: number) => string, last: string): string =>
    Array.from({ length: levels }, (_, level) => inner(level)).join('') + last + ')'.repeat(levels)

  it('is refused where it is too long or too deep', () => {
    for (const text of [
      '('.repeat(50_000),
      `${'('.repeat(200)}free${`${'.a'.repeat(200)})`.repeat(200)}`,
      '['.repeat(30_000) + ']'.repeat(30_000),
      `free${'.a'.repeat(40_000)}`,
      `1${' + 1'.repeat(20_000)}`,
      '!'.repeat(90_000),
      '-'.repeat(90_000),
      `${'true ? '.repeat(10_000)}true${' : true'.repeat(10_000)}`,
      `'${'\\\\'.repeat(49_000)}`,
      `"""${'\\"""'.repeat(20_000)}`,
      'x'.repeat(100_001),
    ])
      assert.throws(() => compile(text, environment), CompilationError, text.slice(0, 20))
    assert.equal(evaluate(Array.from({ length: 5000 }, () => 'pod.on || true').join(' && ')), true)
  })

  it('is given up where it takes too much', () => {
    const costly = [
      'lists.range(1000).all(a, lists.range(1000).all(b, lists.range(1000).all(c, true)))',
      'lists.range(100000000).size() > 0',
      'lists.range(5000).map(a, lists.range(5000)).flatten().size() > 0',
      nested(60, level => `optional.of([${level}]).optMap(x${level}, [x${level}, x${level}] + `, '[[1]]'),
      nested(60, level => `[[${level < 2 ? '1, 1' : `x${level - 2}, x${level - 2}`}]].map(x${level}, `, 'x58 == x59'),
      "free.replace('', free).size() > 0",
      "free.split('').map(c, free).join(free).size() > 0",
      "free.indexOf(free.substring(0, 250000) + 'b' + free.substring(0, 250000)) > 0",
      "free.replace(free.substring(0, 250000) + 'b' + free.substring(0, 250000), '') == ''",
      "free.split(free.substring(0, 250000) + 'b' + free.substring(0, 250000)) == []",
      "free.matches('(a?){500}a{500}')",
      "free.matches('((a*)*)*b')",
      "lists.range(100000).exists(i, 'a'.matches('((a{10}){10}){10}' + string(i)))",
      "lists.range(100000).exists(i, 'a'.matches('({' + string(i)))",
      "lists.range(100000).exists(i, 'a'.matches('^[a-z]+' + string(i)))",
      'lists.range(100000).exists(i, free.size() == i)',
      "lists.range(100000).exists(i, timestamp('2020-01-01T00:00:00Z').getHours('Europe/Berlin') == 30)",
      'free + free + free + free == free + free',
    ]
    for (const text of costly) survive(text, 'a'.repeat(1_000_000))
    for (const text of ['int(free) > 0', 'double(free) > 0.0', 'duration(free) > timestamp(free) - timestamp(free)'])
      survive(text, '1'.repeat(1_000_000))
  }).timeout(120_000)

  it('does no harm, whatever it is made of', () => {
    const pieces =
      'free pod . .? [ ] ( ) { } , : ? && || ! - + * / % == != < in 1 2u 0x1F 1e3 "a" b"\\xff" r"\\" null true all map filter exists has size matches orValue optMap optional.of [?0] x , x'
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...pieces.split(' ')), { maxLength: 30 }), words =>
        survive(words.join(' '), { a: [1] }),
      ),
      { numRuns: 3000 },
    )
    fc.assert(
      fc.property(fc.string({ maxLength: 60, unit: 'binary' }), text => survive(text)),
      { numRuns: 2000 },
    )
  }).timeout(120_000)
})

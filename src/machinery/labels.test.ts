import { deepEqual, equal, throws } from 'node:assert/strict'
import { parseSelector } from './label-text.ts'
import { everything, nothing, selectorFromLabels, selectorOf, validateSelector } from './labels.ts'

describe('label selectors', () => {
  const same = ['x=a,y=b,z=c', '', 'x!=a,y=b', 'x=', 'x==a', 'x in (a,b)', 'x notin (a)', '!x', 'x', 'x>1', 'x>1,z<5', 'a,!b,c=d']
  for (const text of same) it(`reads \`${text}\` and writes it again`, () => equal(String(parseSelector(text)), text))

  it('sorts by key, sorts values, forgives spaces', () => {
    equal(String(parseSelector(' z = 1 ,a in ( c , b,b ) , !m')), 'a in (b,c),!m,z=1')
    equal(String(parseSelector('x in (,a)')), 'x in (,a)')
    equal(String(parseSelector('x in ()')), 'x in ()')
    equal(String(parseSelector('x=,y')), 'x=,y')
  })

  it('takes the words in and notin for keys and values too', () => {
    equal(parseSelector('in in (in,notin)').matches({ in: 'notin' }), true)
    equal(parseSelector('notin=in').matches({ notin: 'in' }), true)
  })

  const matching: [string, Record<string, string>, boolean][] = [
    ['', { x: 'y' }, true],
    ['x=y', { x: 'y' }, true],
    ['x=y,z=w', { x: 'y', z: 'w' }, true],
    ['x!=y,z!=w', { x: 'z', z: 'a' }, true],
    ['notin=in', { notin: 'in' }, true],
    ['x', { x: 'z' }, true],
    ['!x', { y: 'z' }, true],
    ['x>1', { x: '2' }, true],
    ['x<1', { x: '0' }, true],
    ['x>9007199254740992', { x: '9007199254740993' }, true],
    ['x=z', {}, false],
    ['x=y', { x: 'z' }, false],
    ['x=y,z=w', { x: 'w', z: 'w' }, false],
    ['x!=y', {}, true],
    ['x notin (a,b)', {}, true],
    ['x in (a,b)', { x: 'b' }, true],
    ['x in (a,b)', {}, false],
    ['x', { y: 'z' }, false],
    ['!x', { x: 'z' }, false],
    ['x>1', { x: '0' }, false],
    ['x>1', { x: 'two' }, false],
    ['x<1', {}, false],
    ['x=', { x: '' }, true],
    ['x=', {}, false],
    ['constructor', {}, false],
    ['toString!=a', {}, true],
  ]
  for (const [text, labels, outcome] of matching) {
    it(`\`${text}\` ${outcome ? 'matches' : 'does not match'} ${JSON.stringify(labels)}`, () =>
      equal(parseSelector(text).matches(labels), outcome))
  }

  const bad: [string, string][] = [
    ['x=a||y=b', "found '||y', expected: ',' or 'end of string'"],
    ['x==a==b', "found '==', expected: ',' or 'end of string'"],
    ['!x=a', "found '=', expected: ',' or 'end of string'"],
    ['x,', "found '', expected: identifier after ','"],
    ['=a', "found '=', expected: !, identifier, or 'end of string'"],
    ['x<a', `unable to parse requirement: values[0]: Invalid value: "a": for 'Gt', 'Lt' operators, the value must be an integer`],
    ['x in', "unable to parse requirement: found '' expected: '('"],
    ['x in (a', "unable to parse requirement: found '', expected: ',' or ')'"],
    ['x y', "unable to parse requirement: found 'y', expected: in, notin, =, ==, !=, gt, lt"],
    ['!', "unable to parse requirement: found '', expected: identifier"],
    ['x=(', "unable to parse requirement: found '(', expected: identifier"],
  ]
  for (const [text, message] of bad) {
    it(`refuses \`${text}\``, () => {
      if (text === 'x=a||y=b') throws(() => parseSelector(text), /a valid label must be an empty string or consist of/)
      else throws(() => parseSelector(text), { message })
    })
  }

  it('says what is wrong with a key as upstream does', () => {
    throws(() => parseSelector('-x=a'), {
      message:
        "unable to parse requirement: <nil>: Invalid value: \"-x\": name part must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for validation is '([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]')",
    })
  })

  it('understands metav1.LabelSelector: none is nothing, empty is everything', () => {
    equal(selectorOf(undefined), nothing)
    equal(selectorOf({}).matches({ a: 'b' }), true)
    equal(everything.matches(undefined), true)
    equal(nothing.matches({}), false)
    const selector = selectorOf({
      matchLabels: { app: 'web' },
      matchExpressions: [
        { key: 'tier', operator: 'In', values: ['b', 'a'] },
        { key: 'old', operator: 'DoesNotExist' },
      ],
    })
    equal(String(selector), 'app=web,!old,tier in (a,b)')
    equal(selector.matches({ app: 'web', tier: 'a' }), true)
    equal(selector.matches({ app: 'web', tier: 'a', old: '' }), false)
    throws(() => selectorOf({ matchExpressions: [{ key: 'a', operator: 'Gt', values: ['1'] }] }), {
      message: '"Gt" is not a valid label selector operator',
    })
  })

  it('selects by plain labels', () => {
    equal(String(selectorFromLabels({ b: '2', a: '1' })), 'a=1,b=2')
    equal(selectorFromLabels(undefined).matches({}), true)
  })

  it('says all that is wrong with a LabelSelector', () => {
    const problems = validateSelector(
      {
        matchExpressions: [
          { key: 'a', operator: 'In' },
          { key: 'a', operator: 'Exists', values: ['x'] },
          { key: '', operator: 'Near' },
        ],
      },
      'spec.selector',
    )
    deepEqual(
      [...problems].map(({ field, message }) => `${field}: ${message}`.slice(0, 90)),
      [
        "spec.selector.matchExpressions[0].values: Required value: must be specified when `operator` is 'In' or 'NotIn'",
        "spec.selector.matchExpressions[1].values: Forbidden: may not be specified when `operator` is 'Exists' or 'Doe",
        'spec.selector.matchExpressions[2].operator: Invalid value: "Near": not a valid selector operator',
        'spec.selector.matchExpressions[2].key: Invalid value: "": name part must be non-empty',
        'spec.selector.matchExpressions[2].key: Invalid value: "": name part must consist of alphanumeric characters, \'-',
      ].map(text => text.slice(0, 90)),
    )
  })
})

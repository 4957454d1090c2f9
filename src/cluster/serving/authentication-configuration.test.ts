import assert from 'node:assert/strict'
import { readAuthenticationConfiguration } from './authentication-configuration.ts'

describe('an AuthenticationConfiguration', () => {
  const file = (rest: string): string => `apiVersion: apiserver.config.k8s.io/v1\nkind: AuthenticationConfiguration\n${rest}`
  const read = (rest: string) => readAuthenticationConfiguration(file(rest), ['https://own'])

  it('names providers, and where to be anonymous', () => {
    const { jwt, anonymous } = read(`
jwt:
- issuer: { url: https://id.example.com, audiences: [a, b], audienceMatchPolicy: MatchAny }
  claimValidationRules: [{ claim: hd, requiredValue: example.com }]
  claimMappings:
    username: { claim: sub, prefix: "" }
    groups: { claim: roles, prefix: "r:" }
    uid: { claim: sub }
anonymous:
  enabled: true
  conditions: [{ path: /livez }, { path: /readyz }]
`)
    const [{ algorithms, ...issuer }] = jwt as [(typeof jwt)[number]]
    assert.ok(algorithms.includes('RS256') && !algorithms.some(name => name.startsWith('HS')))
    assert.deepEqual(issuer, {
      url: 'https://id.example.com',
      audiences: ['a', 'b'],
      username: { claim: 'sub', prefix: '' },
      groups: { claim: 'roles', prefix: 'r:' },
      uid: { claim: 'sub', prefix: '' },
      requiredClaims: { hd: 'example.com' },
    })
    assert.deepEqual(anonymous, { paths: ['/livez', '/readyz'] })
    assert.equal(read('anonymous: { enabled: false }').anonymous, false)
    assert.equal(read('').anonymous, true)
  })

  it('is refused with everything that is wrong in it', () => {
    assert.throws(() => readAuthenticationConfiguration('kind: X'), /no kind "X" is registered for version "undefined"/)
    assert.throws(() => read('jwt: [}'), /yaml: line 3/)
    assert.throws(
      () =>
        read(`
jwt:
- issuer: { url: http://id, audiences: [], colour: red }
  claimMappings:
    username: { claim: sub }
    groups: { expression: claims.groups, claim: groups, prefix: "" }
    extra:
    - { key: acme.io/Team, valueExpression: claims.team }
    - { key: k8s.io/team, valueExpression: claims.team + }
  claimValidationRules: [{ expression: size(claims) }, {}]
  userValidationRules: [{ expression: user.name == "x" }]
- issuer: { url: https://own, discoveryURL: https://own/, audiences: [a] }
  claimMappings: { username: { expression: claims.email } }
`),
      {
        message: [
          'jwt[0].issuer.colour: unknown field',
          'jwt[0].issuer.url: Invalid value: "http://id": URL scheme must be https',
          'jwt[0].issuer.audiences: Required value: at least one jwt[].issuer.audiences is required',
          'jwt[0].claimValidationRules[0].expression: Invalid value: "size(claims)": must evaluate to bool',
          'jwt[0].claimValidationRules[1]: Required value: claim or expression is required',
          'jwt[0].claimMappings.username.prefix: Required value: prefix is required when claim is set. It can be set to an empty string to disable prefixing',
          'jwt[0].claimMappings.groups: Invalid value: "": claim and expression can\'t both be set',
          'jwt[0].claimMappings.extra[0].key: Invalid value: "acme.io/Team": must be lowercase',
          'jwt[0].claimMappings.extra[1].key: Invalid value: "k8s.io/team": k8s.io, kubernetes.io and their subdomains are reserved for Kubernetes use',
          "jwt[0].claimMappings.extra[1].valueExpression: Invalid value: \"claims.team +\": compilation failed: ERROR: <input>:1:14: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}\n | claims.team +\n | .............^",
          'jwt[0].userValidationRules[0].expression: Invalid value: "user.name == \\"x\\"": compilation failed: ERROR: <input>:1:5: undefined field \'name\'\n | user.name == "x"\n | ....^',
          'jwt[1].issuer.url: Invalid value: "https://own": URL must not overlap with disallowed issuers: [https://own]',
          'jwt[1].issuer.discoveryURL: Invalid value: "https://own/": discoveryURL must be different from URL',
          'jwt[1].claimMappings.username.expression: Invalid value: "claims.email": claims.email_verified must be used in claimMappings.username.expression or claimMappings.extra[*].valueExpression or claimValidationRules[*].expression when claims.email is used in claimMappings.username.expression',
        ].join('; '),
      },
    )
  })
})

import assert from 'node:assert/strict'
import { here, type Name, type Person, people, type Question, questions, roles, there } from './access-questions.ts'
import { clusterForSuite, longestWaitMs } from './cluster.ts'
import { eventually } from './eventually.ts'
import { type Send, sender } from './https.ts'

const json = { 'content-type': 'application/json' }
const patch = { 'content-type': 'application/merge-patch+json' }

describe('who may do what', () => {
  const cluster = clusterForSuite({ runtime: 'simulated', nodes: 1 })
  let send: Awaited<ReturnType<typeof sender>>

  const post = (path: string, body: object): ReturnType<typeof send> =>
    send(path, { method: 'POST', headers: json, body: JSON.stringify(body) })

  before(async function () {
    this.timeout(longestWaitMs)
    send = await sender(cluster())
    for (const name of [here, there]) await cluster().ok(`create namespace ${name}`)
    for (const name of ['one', 'two']) await cluster().ok(`create configmap ${name} -n ${here}`)
    await cluster().ok(`create serviceaccount robot -n ${here}`)
    for (const role of roles) await cluster().ok('create -f -', { input: JSON.stringify(role) })
    const last = questionFor('robot', 'list - configmaps - access-there -')
    await eventually(async () => assert.ok(await review(people.robot, last), 'the roles are known'))
  })
  after(async () => {
    for (const name of [here, there]) await cluster().run(`delete namespace ${name} --wait=false`)
    for (const name of [
      'clusterrolebinding/access-view',
      'clusterrolebinding/access-access-watchman',
      'clusterrole/access-watchman',
    ])
      await cluster().run(`delete ${name}`)
  })

  /** What a SubjectAccessReview says. */
  async function review({ user, groups }: Person, { asked, fieldSelector }: Question): Promise<boolean> {
    const [verb = '', ...rest] = asked.split(' ').map(word => (word === '-' ? '' : word))
    const [group, resource, subresource, namespace, name] = rest
    const attributes = asked.includes(' /')
      ? { nonResourceAttributes: { verb, path: rest[0] } }
      : {
          resourceAttributes: {
            ...{ verb, group, resource, subresource, namespace, name },
            ...(fieldSelector && { fieldSelector: { rawSelector: fieldSelector } }),
          },
        }
    const answer = await post('/apis/authorization.k8s.io/v1/subjectaccessreviews', {
      apiVersion: 'authorization.k8s.io/v1',
      kind: 'SubjectAccessReview',
      spec: { user, groups, ...attributes },
    })
    assert.equal(answer.code, 201, answer.text)
    return answer.json<{ status: { allowed: boolean } }>().status.allowed
  }

  /** Whether the request itself is let through; what comes of it does not matter. */
  async function request({ user, groups }: Person, { request: line, body }: Question): Promise<boolean> {
    const [method = '', path = ''] = line.split(' ')
    const sent: Send = {
      method,
      headers: {
        'impersonate-user': user,
        'impersonate-group': [...groups],
        ...(body && (method === 'PATCH' ? patch : json)),
      },
      ...(body && { body: JSON.stringify(body) }),
    }
    const { code, text } = await send(path, sent)
    assert.ok(code < 500, `${line} as ${user}: ${code} ${text}`)
    return code !== 403
  }

  const questionFor = (name: Name, asked: string): Question =>
    questions.find(each => each.asked === asked && each.allowed.split(' ').includes(name))!

  it(`is answered alike by a review and by the request, ${questions.length * Object.keys(people).length} times`, async function () {
    this.timeout(longestWaitMs)
    const wrong: string[] = []
    for (const question of questions) {
      const allowed = question.allowed.split(' ')
      for (const name of allowed) assert.ok(name in people, `${name} is nobody`)
      const answers = Object.entries(people).map(async ([name, person]) => {
        const expected = allowed.includes(name)
        const [said, done] = await Promise.all([review(person, question), request(person, question)])
        if (said !== expected || done !== expected)
          wrong.push(`${name}: ${question.request}: expected ${expected}, review ${said}, request ${done}`)
      })
      await Promise.all(answers)
    }
    assert.deepEqual(wrong, [])
  })
})

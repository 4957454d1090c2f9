import type { Answer } from '../https.ts'
import { type Ask, type Cell, problemOf } from './cell.ts'
import type { Listed } from './discovered.ts'
import { json, type Sent } from './encodings.ts'
import { examples } from './examples.ts'
import { encoded, made, putBack } from './requests.ts'
import { type Subject, subject } from './subject.ts'

const methods: Readonly<Record<string, string>> = { create: 'POST', get: 'GET', update: 'PUT', patch: 'PATCH', delete: 'DELETE' }

/** Everything that a door of an object can be asked which takes and gives objects, in one encoding. */
export async function* askDoor(ask: Ask, door: Listed, parent: Subject, encoding: Sent): AsyncGenerator<Cell> {
  const name = door.name.split('/')[1]!
  const object = await made(ask, parent, `${encoding.name}-${name}`)
  const path = `${object}/${name}`
  const { accept } = encoding
  const judged = (verb: string, answer: Answer, codes: readonly number[] = [200]): Cell => {
    const problem = problemOf(answer, { codes, encoding, kinds: [door.kind, 'Status'] })
    return { resource: `${door.groupVersion} ${door.name}`, verb, encoding: encoding.name, problem }
  }
  if (door.verbs.includes('get')) yield judged('get', await ask(path, { headers: { accept } }))
  if (door.verbs.includes('update')) {
    yield judged('update', await putBack(ask, door.verbs.includes('get') ? path : object, path, encoding))
  }
  if (door.verbs.includes('patch')) {
    const headers = { 'content-type': 'application/merge-patch+json', accept }
    yield judged('patch (merge)', await ask(path, { method: 'PATCH', headers, body: '{}' }))
  }
  if (door.verbs.includes('create')) yield judged('create', await created(ask, door, path, encoding), [200, 201])
  await ask(object, { method: 'DELETE', headers: { 'content-type': json.type }, body: '{"gracePeriodSeconds":0}' })
}

/** Sends what a door takes. */
async function created(ask: Ask, door: Listed, path: string, encoding: Sent): Promise<Answer> {
  const example = examples[`${door.groupVersion}/${door.name}`]
  if (!example) throw new Error(`there is no example of what ${door.name} takes: write one in conformance/surface/examples`)
  const { group = '', version = 'v1', kind } = door
  const name = path.split('/').at(-2)!
  const body = { apiVersion: group ? `${group}/${version}` : version, kind, metadata: { name }, ...example(name) }
  return ask(path, { method: 'POST', ...(await encoded(ask, path, door.name, body, encoding)) })
}

/** Doors that pass a request on: what is asked of each, and the answer of those behind them. */
const passing: Readonly<Record<string, { readonly below: string; readonly code: number; readonly says: RegExp }>> = {
  'pods/attach': { below: '', code: 400, says: /Upgrade request required|does not have a host assigned/ },
  'pods/exec': { below: '?command=true', code: 400, says: /Upgrade request required|does not have a host assigned/ },
  'pods/portforward': { below: '', code: 400, says: /Upgrade request required|does not have a host assigned/ },
  'pods/log': { below: '', code: 400, says: /does not have a host assigned/ },
  'pods/proxy': { below: '/', code: 400, says: /address not allowed/ },
  'services/proxy': { below: '/', code: 503, says: /no endpoints available for service/ },
  'nodes/proxy': { below: '/healthz', code: 200, says: /^ok$/ },
}

/** Whether a door passes on what it is asked, so that no encoding is its own. */
export const passesOn = ({ name }: Listed): boolean => Object.hasOwn(passing, name)

/** Asks a door that passes requests on, with every method there is for its verbs. */
export async function* askPassing(ask: Ask, door: Listed, parent: Subject): AsyncGenerator<Cell> {
  const { below, code, says } = passing[door.name]!
  const path = door.name.startsWith('nodes/') ? await someNode(ask) : await made(ask, parent, 'passing')
  for (const verb of door.verbs) {
    const answer = await ask(`${path}/${door.name.split('/')[1]}${below}`, { method: methods[verb]! })
    const problem = answer.code === code && says.test(answer.text) ? undefined : `${answer.code} ${answer.text.slice(0, 300)}`
    yield { resource: `${door.groupVersion} ${door.name}`, verb, encoding: 'any', problem }
  }
}

async function someNode(ask: Ask): Promise<string> {
  const { items } = (await ask('/api/v1/nodes')).json<{ items: { metadata: { name: string } }[] }>()
  return `/api/v1/nodes/${items[0]!.metadata.name}`
}

/** The resource that a door opens on. */
export const parentOf = (door: Listed, all: readonly Listed[]): Subject => {
  const [plural] = door.name.split('/')
  return subject(all.find(({ groupVersion, name }) => groupVersion === door.groupVersion && name === plural)!)
}

import type { Answer, Send } from '../https.ts'
import { type Ask, type Cell, type Expected, problemOf } from './cell.ts'
import { type Encoding, json, type Sent, shapes } from './encodings.ts'
import { packed } from './packed.ts'
import { mark, type Subject } from './subject.ts'

const selector = `labelSelector=${encodeURIComponent(Object.entries(mark).flat().join('='))}`
const annotated = { annotations: { 'surface.example.com/patched': 'yes' } }

/** An object in an encoding, ready to be sent: where only the server can encode it, as the server would answer it. */
export async function encoded(
  ask: Ask,
  path: string,
  resource: string,
  object: { readonly metadata: { readonly name: string } },
  { type, accept, encode }: Sent,
): Promise<Send> {
  const headers = { 'content-type': type, accept }
  const body = encode ? encode(object) : packed(resource, object.metadata.name)
  if (body) return { headers, body }
  const asked = { method: 'POST', headers: { 'content-type': json.type, accept }, body: JSON.stringify(object) }
  return { headers, body: (await ask(`${path}?dryRun=All`, asked)).bytes }
}

/** Makes an object that others are about; gives its path. */
export async function made(ask: Ask, parent: Subject, word: string): Promise<string> {
  const object = parent.object(word)
  const body = JSON.stringify(object)
  await ask(parent.collection, { method: 'POST', headers: { 'content-type': json.type }, body })
  return `${parent.collection}/${object.metadata.name}`
}

/** Writes an object as it was read, in the same encoding; again, where somebody else wrote in between. */
export async function putBack(ask: Ask, from: string, to: string, { accept, type }: Sent): Promise<Answer> {
  for (let tries = 1; ; tries++) {
    const { bytes: body } = await ask(from, { headers: { accept } })
    const answer = await ask(to, { method: 'PUT', headers: { 'content-type': type, accept }, body })
    if (answer.code !== 409 || tries === 10) return answer
  }
}

/** All that one resource can be asked, in one encoding: each verb that discovery lists, in each way there is of it. */
export async function* askAll(ask: Ask, subject: Subject, encoding: Sent): AsyncGenerator<Cell> {
  const { collection, listed } = subject
  const { verbs, kind } = listed
  const { accept } = encoding
  const word = subject.needs ? `${encoding.name}-bound` : encoding.name
  const object = subject.object(word)
  const path = `${collection}/${object.metadata.name}`
  const resource = `${listed.groupVersion} ${listed.name}`
  const judged = (verb: string, answer: Answer, expected: Partial<Expected> = {}): Cell => {
    const whole = { codes: [200], encoding, kinds: [kind], ...expected }
    return { resource, verb, encoding: whole.encoding.name, problem: problemOf(answer, whole) }
  }
  // What only reads is asked in the other shapes too, once.
  const ways = (ofList: boolean): readonly Encoding[] => [encoding, ...(encoding === json ? shapes(ofList) : [])]

  if (verbs.includes('create')) {
    if (subject.needs) await made(ask, subject.needs, word)
    const body = await encoded(ask, collection, listed.name, object, encoding)
    yield judged('create', await ask(collection, { method: 'POST', ...body }), { codes: [201], kinds: [kind, 'Status'] })
  }
  if (verbs.includes('get'))
    for (const way of ways(false))
      yield judged('get', await ask(path, { headers: { accept: way.accept } }), { encoding: way, kinds: shownAs(way, kind) })
  if (verbs.includes('list'))
    for (const way of ways(true)) {
      const answer = await ask(`${collection}?${selector}`, { headers: { accept: way.accept } })
      yield judged('list', answer, { encoding: way, kinds: shownAs(way, `${kind}List`) })
    }
  if (verbs.includes('watch'))
    for (const way of ways(false)) {
      const watch = `${collection}?watch=1&timeoutSeconds=9&fieldSelector=metadata.name%3D${object.metadata.name}`
      const answer = await ask(watch, { headers: { accept: way.accept }, first: true })
      yield { resource, verb: 'watch', encoding: way.name, problem: watchProblem(answer, way) }
    }
  if (verbs.includes('update')) yield judged('update', await putBack(ask, path, path, encoding))
  if (verbs.includes('patch'))
    for (const [way, patchType, body, query] of patches(object)) {
      const sent = { method: 'PATCH', headers: { 'content-type': patchType, accept }, body: JSON.stringify(body) }
      yield judged(`patch (${way})`, await ask(path + query, sent))
    }
  if (verbs.includes('delete')) {
    const answer = await ask(path, { method: 'DELETE', headers: { accept } })
    yield judged('delete', answer, { codes: [200, 202], kinds: [kind, 'Status'] })
  }
  if (verbs.includes('deletecollection')) {
    const more = subject.object(`${encoding.name}-more`)
    await ask(collection, { method: 'POST', headers: { 'content-type': json.type }, body: JSON.stringify(more) })
    const only = `${collection}?${selector}&fieldSelector=metadata.name%3D${more.metadata.name}`
    yield judged('deletecollection', await ask(only, { method: 'DELETE', headers: { accept } }), { kinds: [`${kind}List`] })
  }
}

/** The kinds that an object, or a list, of a kind may be shown as. */
const shownAs = ({ name }: Encoding, kind: string): readonly string[] => {
  if (name === 'table') return ['Table']
  return name.startsWith('partial') ? [`PartialObjectMetadata${kind.endsWith('List') ? 'List' : ''}`] : [kind]
}

/** The ways to patch: what each is called, and what it sends. */
export const patches = ({
  apiVersion,
  kind,
  metadata: { name },
}: ReturnType<Subject['object']>): readonly (readonly [way: string, type: string, body: unknown, query: string])[] => [
  ['json', 'application/json-patch+json', [{ op: 'add', path: '/metadata/annotations', value: annotated.annotations }], ''],
  ['merge', 'application/merge-patch+json', { metadata: annotated }, ''],
  ['strategic', 'application/strategic-merge-patch+json', { metadata: annotated }, ''],
  [
    'apply',
    'application/apply-patch+yaml',
    { apiVersion, kind, metadata: { name, ...annotated } },
    '?fieldManager=surface&force=true',
  ],
]

/** A watch begins with what there is; YAML has no stream. */
function watchProblem({ code, text, bytes, headers }: Answer, { name }: Encoding): string | undefined {
  if (name === 'yaml') return code === 406 ? undefined : `${code}, where upstream has 406`
  const begins = name.endsWith('protobuf')
    ? bytes.includes('ADDED') && bytes.includes('k8s\0')
    : text.startsWith('{"type":"ADDED"')
  return code === 200 && begins ? undefined : `${code} ${headers['content-type']} ${text.slice(0, 200)}`
}

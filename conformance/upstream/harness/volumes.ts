import assert from 'node:assert/strict'
import type { V1KeyToPath, V1Volume } from '@kubernetes/client-node'
import { eventually } from '../../eventually.ts'
import type { Draft } from './door.ts'
import type { Wire } from './kinds.ts'
import { type Container, exec, output, type PodSpec, pod, script, start } from './pods.ts'
import type { Body } from './site.ts'
import type { Trial } from './trial.ts'

type Volume = Draft<Wire<V1Volume>>

/** How a ConfigMap or Secret comes into a volume. */
export interface Source {
  readonly kind: 'configmaps' | 'secrets'
  readonly projected: boolean
}

interface Choice {
  readonly items?: V1KeyToPath[]
  readonly defaultMode?: number
  readonly optional?: boolean
}

/** A volume `it` of one object. */
function volume({ kind, projected }: Source, name: string, { items, defaultMode, optional }: Choice = {}, as = 'it'): Volume {
  const mode = defaultMode === undefined ? {} : { defaultMode }
  const rest = { ...(items && { items }), ...(optional && { optional }) }
  if (projected)
    return { name: as, projected: { ...mode, sources: [{ [kind === 'secrets' ? 'secret' : 'configMap']: { name, ...rest } }] } }
  if (kind === 'secrets') return { name: as, secret: { secretName: name, ...mode, ...rest } }
  return { name: as, configMap: { name, ...mode, ...rest } }
}

/** Creates a ConfigMap or Secret. */
export async function data(
  t: Trial,
  { kind }: Source,
  name: string,
  entries: Record<string, string>,
  namespace = t.namespace,
): Promise<void> {
  if (kind === 'configmaps') await t.of('configmaps', namespace).create({ metadata: { name }, data: entries })
  else await t.of('secrets', namespace).create({ metadata: { name }, stringData: entries } as object)
}

const entries = { 'data-1': 'value-1', 'data-2': 'value-2', 'data-3': 'value-3' }
const mapping = { key: 'data-2', path: 'path/to/data-2' }

const nonRoot: PodSpec = { securityContext: { runAsUser: 1000, runAsNonRoot: true } }

/** Shows a file's content, and its mode in octal; links are followed. */
const show = (file: string): string => `cat ${file}; echo; stat -L -c %a ${file}`

interface Reading extends Choice {
  readonly file: string
  readonly value: string
  readonly mode: string
  readonly spec?: PodSpec
}

/** A pod reads one file of the volume: its content and its mode. */
export const reads =
  (source: Source, { file, value, mode, spec = {}, ...choice }: Reading): Body =>
  async t => {
    await data(t, source, 'data', entries)
    const container = script(show(`/mnt/it/${file}`), { volumeMounts: [{ name: 'it', mountPath: '/mnt/it', readOnly: true }] })
    const it = pod('it', { restartPolicy: 'Never', containers: [container], volumes: [volume(source, 'data', choice)], ...spec })
    assert.equal(await output(t, it), `${value}\n${mode}\n`)
  }

const plain = { file: 'data-1', value: 'value-1' }
const mapped = { file: 'path/to/data-2', value: 'value-2' }

/** The ways of reading that upstream tries with each kind of source. */
export const readings = {
  plain: (source: Source) => reads(source, { ...plain, mode: '644' }),
  withDefaultMode: (source: Source) => reads(source, { ...plain, mode: '400', defaultMode: 0o400 }),
  asNonRoot: (source: Source) => reads(source, { ...plain, mode: '644', spec: nonRoot }),
  asNonRootWithGroup: (source: Source) =>
    reads(source, { ...plain, mode: '440', defaultMode: 0o440, spec: { securityContext: { runAsUser: 1000, fsGroup: 1001 } } }),
  mapped: (source: Source) => reads(source, { ...mapped, mode: '644', items: [mapping] }),
  mappedWithMode: (source: Source) => reads(source, { ...mapped, mode: '400', items: [{ ...mapping, mode: 0o400 }] }),
  mappedAsNonRoot: (source: Source) => reads(source, { ...mapped, mode: '644', items: [mapping], spec: nonRoot }),
}

/** One pod has the same object in two volumes. */
export const twice =
  (source: Source): Body =>
  async t => {
    await data(t, source, 'data', entries)
    const volumes = ['one', 'two'].map(name => volume(source, 'data', {}, name))
    const volumeMounts = ['one', 'two'].map(name => ({ name, mountPath: `/mnt/${name}`, readOnly: true }))
    const containers = [script('cat /mnt/one/data-1 /mnt/two/data-1', { volumeMounts })]
    assert.equal(await output(t, pod('it', { restartPolicy: 'Never', containers, volumes })), 'value-1value-1')
  }

/** Waits until a file of a running pod has this content, or is not there. */
const becomes = (t: Trial, file: string, value: string | undefined): Promise<void> =>
  eventually(async () => {
    const said = await exec(t, 'it', ['sh', '-c', `cat ${file} 2>/dev/null || echo -n nothing`])
    assert.equal(said, value ?? 'nothing')
  }, 120_000)

const watched = (name: string): Container =>
  script('while :; do sleep 1; done', { name, volumeMounts: [{ name: 'it', mountPath: '/mnt/it', readOnly: true }] })

/** A change of the object comes into the volume of a running pod. */
export const updates =
  (source: Source): Body =>
  async t => {
    await data(t, source, 'data', { 'data-1': 'value-1' })
    await start(t, pod('it', { containers: [watched('main')], volumes: [volume(source, 'data')] }))
    await becomes(t, '/mnt/it/data-1', 'value-1')
    const value = source.kind === 'secrets' ? Buffer.from('value-2').toString('base64') : 'value-2'
    await t.of(source.kind).patch('data', { data: { 'data-1': value } })
    await becomes(t, '/mnt/it/data-1', 'value-2')
  }

/** Optional objects that are deleted, changed and created while a pod runs. */
export const optionalUpdates =
  (source: Source): Body =>
  async t => {
    await data(t, source, 'deleted', { 'data-1': 'value-1' })
    await data(t, source, 'updated', { 'data-1': 'value-1' })
    const names = ['deleted', 'updated', 'created']
    const volumeMounts = names.map(name => ({ name, mountPath: `/mnt/${name}`, readOnly: true }))
    const volumes = names.map(name => volume(source, name, { optional: true }, name))
    await start(t, pod('it', { containers: [script('while :; do sleep 1; done', { volumeMounts })], volumes }))
    await becomes(t, '/mnt/deleted/data-1', 'value-1')
    await becomes(t, '/mnt/created/data-1', undefined)
    await t.of(source.kind).delete('deleted')
    const value = source.kind === 'secrets' ? Buffer.from('value-3').toString('base64') : 'value-3'
    await t.of(source.kind).patch('updated', { data: { 'data-1': null, 'data-3': value } })
    await data(t, source, 'created', { 'data-1': 'value-1' })
    await becomes(t, '/mnt/created/data-1', 'value-1')
    await becomes(t, '/mnt/updated/data-3', 'value-3')
    await becomes(t, '/mnt/deleted/data-1', undefined)
  }

/** An object marked immutable refuses changes of its data and of the mark, but not of its labels. */
export const immutable =
  (source: Source): Body =>
  async t => {
    const objects = t.of(source.kind)
    await data(t, source, 'immutable', { 'data-1': 'value-1' })
    const invalid = { code: 422, reason: 'Invalid' }
    await objects.patch('immutable', { data: { 'data-4': 'dmFsdWU=' } })
    await objects.patch('immutable', { immutable: true })
    await assert.rejects(objects.patch('immutable', { data: { 'data-5': 'dmFsdWU=' } }), invalid)
    for (const change of [null, false]) await assert.rejects(objects.patch('immutable', { immutable: change }), invalid)
    await objects.patch('immutable', { metadata: { labels: { label1: 'value1' } } })
    await objects.delete('immutable')
    await objects.isGone('immutable')
  }

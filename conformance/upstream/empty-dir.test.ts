import assert from 'node:assert/strict'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { exec, noPods, output, type PodSpec, pod, podThat, script, start } from './harness/pods.ts'
import type { Body } from './harness/site.ts'

const mount = { volumeMounts: [{ name: 'it', mountPath: '/test-volume' }] }
const volumes = (medium: string) => [{ name: 'it', emptyDir: medium === 'tmpfs' ? { medium: 'Memory' } : {} }]

/** What the volume is, and a file that is made in it with a mode, by whom, and read. */
const makesFile = (who: string, mode: string, medium: string): Body => {
  const user: PodSpec = who === 'root' ? {} : { securityContext: { runAsUser: 1001, runAsNonRoot: true } }
  const file = '/test-volume/test-file'
  const text = `echo mount-tester new file >${file} && chmod ${mode} ${file} && cat ${file} && stat -c '%a %u' ${file} && stat -f -c %T /test-volume`
  return async t => {
    const containers = [script(text, mount)]
    const said = await output(t, pod('it', { restartPolicy: 'Never', containers, volumes: volumes(medium), ...user }))
    const [content, made, type = ''] = said.split('\n')
    assert.deepEqual([content, made], ['mount-tester new file', `${mode.slice(1)} ${who === 'root' ? 0 : 1001}`])
    assert.equal(type === 'tmpfs', medium === 'tmpfs', type)
  }
}

const hasMode = (medium: string): Body => {
  return async t => {
    const containers = [script('stat -c %a /test-volume; awk \'$2 == "/test-volume" { print $3 }\' /proc/mounts', mount)]
    const said = await output(t, pod('it', { restartPolicy: 'Never', containers, volumes: volumes(medium) }))
    assert.match(said, medium === 'tmpfs' ? /^1?777\ntmpfs\n$/ : /^1?777\n(?!tmpfs)/)
  }
}

const files = ['root', 'non-root'].flatMap(who =>
  ['0644', '0666', '0777'].flatMap(mode =>
    ['tmpfs', 'default'].map((medium): [string, Body] => [
      `should support (${who},${mode},${medium})`,
      makesFile(who, mode, medium),
    ]),
  ),
)

conformance('sig-storage', 'EmptyDir volumes', {
  ...Object.fromEntries(files),
  'volume on default medium should have the correct mode': hasMode('default'),
  'volume on tmpfs should have the correct mode': hasMode('tmpfs'),

  'pod should support shared volumes between containers': async t => {
    const containers = [
      script('while [ ! -f /test-volume/done ]; do sleep 1; done; echo hello from main', mount),
      script('echo Hello from the busy-box sub-container >/test-volume/data; while :; do sleep 1; done', {
        ...mount,
        name: 'sub',
      }),
    ]
    await start(t, pod('it', { restartPolicy: 'Never', containers, volumes: volumes('default') }))
    await eventually(async () =>
      assert.match(await exec(t, 'it', ['cat', '/test-volume/data']), /Hello from the busy-box sub-container/),
    )
  },
})

conformance('sig-storage', 'EmptyDir wrapper volumes', {
  'should not conflict': async t => {
    await t.of('secrets').create({ metadata: { name: 'data' }, data: { 'data-1': 'dmFsdWUtMQ==' } })
    await t.of('configmaps').create({ metadata: { name: 'data' }, data: { 'data-1': 'value-1' } })
    const volumeMounts = ['secret', 'config'].map(name => ({ name, mountPath: `/etc/${name}-volume`, readOnly: true }))
    const both = [
      { name: 'secret', secret: { secretName: 'data' } },
      { name: 'config', configMap: { name: 'data' } },
    ]
    await start(t, pod('it', { containers: [script('while :; do sleep 1; done', { volumeMounts })], volumes: both }))
    await t.of('pods').delete('it')
    await noPods(t, 'name=it')
  },

  // Upstream has 5 pods at a time, three times; one machine is enough for twice 2.
  'should not cause race condition when used for configmaps': async t => {
    const names = Array.from({ length: 50 }, (_, index) => `racey-configmap-${index}`)
    for (const name of names) await t.of('configmaps').create({ metadata: { name }, data: { 'data-1': 'value-1' } })
    const many = names.map(name => ({ name, configMap: { name, items: [{ key: 'data-1', path: 'data-1' }] } }))
    const volumeMounts = names.map(name => ({ name, mountPath: `/etc/config-${name}` }))
    for (const round of [1, 2]) {
      const pods = [`race-${round}-1`, `race-${round}-2`]
      for (const name of pods)
        await t
          .of('pods')
          .create(
            pod(
              name,
              { containers: [script('while :; do sleep 1; done', { volumeMounts })], volumes: many },
              { round: `${round}` },
            ),
          )
      for (const name of pods) await podThat(t, name, it => assert.equal(it.status?.phase, 'Running'))
      await t.of('pods').deleteCollection(`round=${round}`)
      await noPods(t, `round=${round}`)
    }
  },
})

/** A file that is the only thing of a volume that a container sees. */
const subPath = (source: (subPath: string) => object, mountPath = '/test-volume/it'): Body => {
  return async t => {
    await t.of('configmaps').create({ metadata: { name: 'data' }, data: { key: 'value' } })
    await t.of('secrets').create({ metadata: { name: 'data' }, data: { key: Buffer.from('value').toString('base64') } })
    const containers = [script(`cat ${mountPath}`, { volumeMounts: [{ name: 'it', mountPath, subPath: 'key' }] })]
    const it = pod('it', { restartPolicy: 'Never', containers, volumes: [{ name: 'it', ...source('key') }] }, { key: 'value' })
    assert.equal(await output(t, it), 'value')
  }
}

const label = (path: string) => ({ items: [{ path, fieldRef: { fieldPath: "metadata.labels['key']" } }] })

conformance('sig-storage', 'Subpath', {
  'Atomic writer volumes should support subpaths with secret pod': subPath(() => ({ secret: { secretName: 'data' } })),
  'Atomic writer volumes should support subpaths with configmap pod': subPath(() => ({ configMap: { name: 'data' } })),
  'Atomic writer volumes should support subpaths with configmap pod with mountPath of existing file': subPath(
    () => ({ configMap: { name: 'data' } }),
    '/etc/resolv.conf',
  ),
  'Atomic writer volumes should support subpaths with downward pod': subPath(path => ({ downwardAPI: label(path) })),
  'Atomic writer volumes should support subpaths with projected pod': subPath(path => ({
    projected: { sources: [{ downwardAPI: label(path) }] },
  })),
})

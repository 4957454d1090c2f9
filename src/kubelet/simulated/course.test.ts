import assert from 'node:assert/strict'
import type { Pod } from '#api/core/v1.ts'
import { podOf, shell } from '#kubelet/runtime.contract.ts'
import { courseOf, exitAfterAnnotation, exitCodeAnnotation } from './course.ts'

const endOf = (pod: Pod): unknown => courseOf(pod, pod.spec!.containers[0]!).end

describe('what a simulated container does', () => {
  it('runs on if nothing says otherwise', () => {
    assert.equal(endOf(podOf('p', {})), undefined)
    assert.equal(endOf(podOf('p', { command: ['nginx', '-g', 'daemon off;'] })), undefined)
    assert.equal(endOf(podOf('p', shell('while true; do sleep 1; done'))), undefined)
    assert.equal(endOf(podOf('p', { command: ['sleep', 'infinity'] })), undefined)
  })

  it('does what a simple command says', () => {
    assert.deepEqual(endOf(podOf('p', { command: ['sleep', '5'] })), { afterMs: 5000, exitCode: 0 })
    assert.deepEqual(endOf(podOf('p', { command: ['/bin/sh', '-c'], args: ['echo a && sleep 1m; exit 7'] })), {
      afterMs: 60_000,
      exitCode: 7,
    })
    assert.deepEqual(endOf(podOf('p', shell('false'))), { afterMs: 0, exitCode: 1 })
    assert.equal(courseOf(podOf('p', {}), { name: 'c', command: ['sh', '-c', 'echo "hello world"'] }).output, 'hello world\n')
  })

  it('ends as its pod’s annotations say', () => {
    const pod = podOf('p', { command: ['nginx'] })
    pod.metadata.annotations = { [exitCodeAnnotation]: '3', [exitAfterAnnotation]: '1m30s' }
    assert.deepEqual(endOf(pod), { afterMs: 90_000, exitCode: 3 })
  })

  it('ends at once as an init container, after a second in a Job’s pod', () => {
    const init = { name: 'init', image: 'migrate' }
    const pod = podOf('p', { command: ['perl'] }, { initContainers: [init, { name: 'sidecar', restartPolicy: 'Always' }] })
    assert.deepEqual(courseOf(pod, init).end, { afterMs: 0, exitCode: 0 })
    assert.equal(courseOf(pod, pod.spec!.initContainers![1]!).end, undefined)
    pod.metadata.ownerReferences = [{ apiVersion: 'batch/v1', kind: 'Job', name: 'pi', uid: 'u', controller: true }]
    assert.deepEqual(endOf(pod), { afterMs: 1000, exitCode: 0 })
  })
})

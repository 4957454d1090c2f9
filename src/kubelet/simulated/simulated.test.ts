import assert from 'node:assert/strict'
import { Driver, podOf, runtimeContract, shell } from '#kubelet/runtime.contract.ts'
import { realClock } from '#machinery/clock.ts'
import { SimulatedRuntime } from './simulated.ts'

const make = (): Driver => new Driver(new SimulatedRuntime({ podCidr: '10.244.3.0/24', clock: realClock }))

describe('the simulated runtime', () => {
  const driver = make()
  runtimeContract(() => driver)

  it('takes over from a pod’s status what ran before a restart', async () => {
    const pod = podOf('adopted', shell('sleep 1000'))
    const before = make()
    const container = await before.run(pod)
    const { sandboxes } = await before.observe(pod)
    const startedAt = container.startedAt!.toISOString()
    pod.status = {
      podIPs: sandboxes[0]!.ips.map(ip => ({ ip })),
      containerStatuses: [
        {
          name: 'main',
          ready: true,
          restartCount: 0,
          image: container.image,
          imageID: container.imageId,
          containerID: container.id,
          state: { running: { startedAt } },
        },
      ],
    }
    const after = make()
    after.runtime.adopt(pod)
    const observed = await after.observe(pod)
    assert.deepEqual(observed.sandboxes[0]?.ips, sandboxes[0]?.ips)
    assert.equal(observed.containers[0]?.state, 'running')
    assert.equal(observed.containers[0].id, container.id)
    assert.notDeepEqual((await after.sandbox(podOf('later', {}))).sandboxes[0]?.ips, sandboxes[0]?.ips)
  })

  it('has no more addresses than its range, and gives them out again', async () => {
    const small = new Driver(new SimulatedRuntime({ podCidr: '10.0.0.0/30', clock: realClock }))
    const [a, b] = [podOf('a', {}), podOf('b', {})]
    assert.deepEqual((await small.sandbox(a)).sandboxes[0]?.ips, ['10.0.0.2'])
    await assert.rejects(small.sandbox(b), {
      reason: 'FailedCreatePodSandBox',
      message: 'no IP addresses available in range set: 10.0.0.0/30',
    })
    await small.remove(a)
    assert.deepEqual((await small.sandbox(b)).sandboxes[0]?.ips, ['10.0.0.2'])
  })

  it('says honestly that a command was not run', async () => {
    const { id } = await driver.run(podOf('honest', {}))
    assert.deepEqual(await driver.exec(id, ['ls', '-l']), {
      exitCode: 0,
      stdout: 'simulated container: ls -l was not run\n',
      stderr: '',
    })
    assert.equal(await driver.logs(id), 'simulated container: nothing runs here\n')
  })
})

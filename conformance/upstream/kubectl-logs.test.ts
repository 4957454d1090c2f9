import assert from 'node:assert/strict'
import { setTimeout as sleep } from 'node:timers/promises'
import { eventually } from '../eventually.ts'
import { conformance } from './harness/conformance.ts'
import { exec, logSays, logs, once, start } from './harness/pods.ts'

conformance('sig-cli', 'Kubectl logs', {
  'logs should be able to retrieve and filter logs': async t => {
    await start(
      t,
      once(
        'it',
        'for i in 1 2 3 4 5 6 7 8 9; do echo "$i GET /api/v1/namespaces/kube-system"; done; sleep 3; echo late; sleep 600 & wait',
      ),
    )
    await logSays(t, 'it', /kube-system/)
    await eventually(async () => assert.match(await logs(t, 'it'), /late/))
    const lines = async (flags: string): Promise<string[]> =>
      (await t.kubectl(`logs it main ${flags}`)).split('\n').filter(Boolean)
    assert.equal((await lines('--tail=1')).length, 1)
    assert.deepEqual(await lines('--limit-bytes=1'), ['1'])
    const [stamped = ''] = await lines('--tail=1 --timestamps')
    assert.ok(!Number.isNaN(Date.parse(stamped.split(' ')[0]!)), stamped)
    await sleep(2500)
    const [recent, older] = [await lines('--since=1s'), await lines('--since=24h')]
    assert.ok(recent.length < older.length, `${recent.length} of the last second, ${older.length} of the last day`)
    assert.ok(await exec(t, 'it', ['echo', 'alive']))
  },
})

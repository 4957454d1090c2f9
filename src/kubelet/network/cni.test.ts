import assert from 'node:assert/strict'
import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { callPlugin } from './cni.ts'

describe('a CNI plugin', () => {
  let directory: string
  const attachment = { id: 'abc', namespacePath: '/proc/1/ns/net', args: { K8S_POD_NAME: 'web' } }
  const call = (type: string): Promise<object> => callPlugin(['/nowhere', directory], type, 'ADD', attachment, { name: 'net' })

  before(async () => {
    directory = await mkdtemp(join(tmpdir(), 'pinnace-cni-'))
  })

  after(() => rm(directory, { recursive: true }))

  const plugin = async (name: string, script: string): Promise<void> => {
    await writeFile(join(directory, name), `#!/bin/sh\n${script}\n`)
    await chmod(join(directory, name), 0o755)
  }

  it('is told what to do in its environment and its input, and answers with a result', async () => {
    await plugin(
      'echo',
      'printf \'{"input":%s,"env":"%s"}\' "$(cat)" "$CNI_COMMAND $CNI_CONTAINERID $CNI_NETNS $CNI_IFNAME $CNI_ARGS"',
    )
    assert.deepEqual(await call('echo'), {
      input: { cniVersion: '1.0.0', name: 'net' },
      env: 'ADD abc /proc/1/ns/net eth0 IgnoreUnknown=1;K8S_POD_NAME=web',
    })
  })

  it('fails with what it says went wrong', async () => {
    await plugin('fails', 'echo \'{"code":11,"msg":"try again","details":"later"}\'; exit 1')
    await assert.rejects(call('fails'), { message: 'plugin type="fails" failed (add): try again: later' })
    await plugin('dies', 'exit 3')
    await assert.rejects(call('dies'), { message: 'plugin type="dies" failed (add): exit code 3' })
  })

  it('is missed by name', async () => {
    await assert.rejects(call('none'), { message: `failed to find plugin "none" in path [/nowhere ${directory}]` })
  })
})

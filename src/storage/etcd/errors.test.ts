import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import { Client, credentials, type ServiceError, status } from '@grpc/grpc-js'
import { fateOf } from './errors.ts'

const late = (details: string): ServiceError =>
  Object.assign(new Error(details), { code: status.DEADLINE_EXCEEDED, details }) as unknown as ServiceError

describe('the fate of a request to etcd', () => {
  it('is unsure once it was sent, however long it took to get there', () => {
    for (const before of ['', 'name resolution: 0.001s,', 'name resolution: 0.001s,metadata filters: 0.001s,LB pick: 0.002s,'])
      assert.equal(fateOf(late(`Deadline exceeded after 10.000s,${before}remote_addr=127.0.0.1:2379`)), 'unsure')
  })

  it('is that it was not sent while there was nobody to send it to', () => {
    for (const stage of [
      'waiting for name resolution',
      'waiting for metadata filters',
      'name resolution: 0.001s,Waiting for LB pick',
    ])
      assert.equal(fateOf(late(`Deadline exceeded after 10.000s,${stage}`)), 'unsent')
  })

  it('is unsure as the library itself tells it, of a server that takes a request and is silent', async () => {
    const silent = createServer().listen(0, '127.0.0.1')
    await once(silent, 'listening')
    const taken = once(silent, 'stream')
    const client = new Client(`127.0.0.1:${(silent.address() as AddressInfo).port}`, credentials.createInsecure())
    try {
      const failed = new Promise<ServiceError | null>(resolve => {
        const whole = (bytes: Buffer): Buffer => bytes
        const deadline = new Date().setMilliseconds(new Date().getMilliseconds() + 1000)
        client.makeUnaryRequest('/etcdserverpb.KV/Txn', whole, whole, Buffer.of(), { deadline }, resolve)
      })
      // The thread is busy while the call begins, so that its first stage takes a time that is told.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10)
      await taken
      const error = await failed
      assert.match(error?.details ?? '', /name resolution: .*remote_addr=/)
      assert.equal(fateOf(error!), 'unsure')
    } finally {
      client.close()
      silent.close()
    }
  })
})

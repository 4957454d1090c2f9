import assert from 'node:assert/strict'
import { once } from 'node:events'
import { type AddressInfo, connect, createServer, type Server } from 'node:net'
import { text } from 'node:stream/consumers'
import { silent } from '#machinery/log.ts'
import { relay } from './relay.ts'
import type { Rule } from './rules.ts'

async function listening(server: Server): Promise<number> {
  await once(server.listen(0, '127.0.0.1'), 'listening')
  return (server.address() as AddressInfo).port
}

/** A port that was free a moment ago. */
async function freePort(): Promise<number> {
  const server = createServer()
  const port = await listening(server)
  await new Promise(resolve => server.close(resolve))
  return port
}

const ask = async (port: number, question: string): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.end(question)
  return text(socket)
}

const rule = (nodePort: number, backends: number[]): Rule => {
  const cluster = backends.map(port => ({ address: '127.0.0.1', port, local: true }))
  const none: string[] = []
  return {
    name: 'default/web',
    protocol: 'tcp',
    clusterIp: '10.96.0.5',
    port: 80,
    nodePort,
    externalIps: none,
    loadBalancerIps: none,
    sourceRanges: none,
    internalLocal: false,
    externalLocal: false,
    cluster,
    local: cluster,
    anywhere: cluster.length > 0,
  }
}

describe('relay', () => {
  const echo = createServer({ allowHalfOpen: true }, socket => void socket.pipe(socket))
  const plane = relay({ log: silent })
  let backend: number
  let port: number

  before(async () => {
    backend = await listening(echo)
    port = await freePort()
  })
  after(async () => {
    await plane.remove()
    echo.close()
  })

  it('carries a connection to localhost to a backend and back', async () => {
    await plane.program(new Map([['default/web', [rule(port, [backend])]]]))
    assert.equal(await ask(port, 'hello'), 'hello')
  })

  it('breaks the connection when no backend is left, and carries on when there is one again', async () => {
    await plane.program(new Map([['default/web', [rule(port, [])]]]))
    await assert.rejects(ask(port, 'hello'), /ECONNRESET|EPIPE/)
    await plane.program(new Map([['default/web', [rule(port, [backend])]]]))
    assert.equal(await ask(port, 'again'), 'again')
  })

  it('stops listening when the service is gone', async () => {
    await plane.program(new Map([['default/web', []]]))
    await assert.rejects(ask(port, 'hello'), /ECONNREFUSED/)
  })
})

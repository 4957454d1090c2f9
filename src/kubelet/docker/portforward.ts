import { spawn } from 'node:child_process'
import { connect, type Socket } from 'node:net'
import type { Duplex } from 'node:stream'

/** A connection to a port of this host's own addresses or of a pod's. Rejects when nobody listens. */
export function dial(host: string, port: number, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, allowHalfOpen: true })
    const giveUp = (): void => void socket.destroy(new Error('aborted'))
    signal.addEventListener('abort', giveUp, { once: true })
    socket.once('close', () => signal.removeEventListener('abort', giveUp))
    socket.once('error', reject).once('connect', () => {
      socket.off('error', reject)
      resolve(socket)
    })
  })
}

/** What runs inside the pod's network: says so with one byte when it is connected, then carries bytes. */
const relay = `
  const { connect, Socket } = require('net')
  const inner = connect({ host: 'localhost', port: +process.argv[1], allowHalfOpen: true })
  inner.on('error', error => { process.stderr.write(error.message); process.exit(1) })
  inner.on('connect', () => {
    const outer = new Socket({ fd: 3, allowHalfOpen: true })
    outer.on('error', () => process.exit())
    outer.write('+')
    outer.pipe(inner).pipe(outer)
  })
`

/**
 * A connection to a port that is open only on a pod's loopback. A process cannot enter another network and come back, so a
 * second one goes there; it ends with the connection.
 */
export function dialInside(pid: number, port: number, signal: AbortSignal): Promise<Duplex> {
  return new Promise((resolve, reject) => {
    const command = ['-t', String(pid), '-n', process.execPath, '--eval', relay, String(port)]
    const child = spawn('nsenter', command, { stdio: ['ignore', 'ignore', 'pipe', 'pipe'] })
    const stream = child.stdio[3] as Duplex
    stream.allowHalfOpen = true
    const end = (): void => void stream.destroy()
    signal.addEventListener('abort', end, { once: true })
    let said = ''
    child.stderr?.setEncoding('utf8').on('data', (text: string) => (said += text))
    child.once('error', reject)
    child.once('exit', end)
    child.once('close', () => {
      signal.removeEventListener('abort', end)
      reject(new Error(said || 'aborted'))
    })
    stream.once('close', () => child.kill('SIGKILL'))
    stream.once('readable', () => {
      if (stream.read(1) !== null) resolve(stream)
    })
  })
}

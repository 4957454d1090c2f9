import { connect } from 'node:net'
import type { TCPSocketAction } from '#api/core/v1.ts'
import { type Check, dialError, portOf } from './check.ts'

/** Whether a port takes connections. */
export const tcp: Check<TCPSocketAction> = ({ port, host }, { container, podIp }, _timeoutMs, signal) => {
  const number = portOf(port, container)
  const address = host || podIp
  return new Promise(resolve => {
    const socket = connect({ host: address, port: number, signal })
    const end = (ok: boolean, output: string): void => {
      socket.destroy()
      resolve({ ok, output })
    }
    socket.once('connect', () => end(true, ''))
    socket.once('error', error =>
      end(false, signal.aborted ? `dial tcp ${address}:${number}: i/o timeout` : dialError(error, address, number)),
    )
  })
}

import { request as overHttps } from 'node:https'
import type { HTTPGetAction } from '#api/core/v1.ts'
import { http } from '#machinery/http.ts'
import { type Check, dialError, type Finding, portOf, type Target } from './check.ts'

/** Whether a GET is answered with a code from 200 to 399. Certificates are not looked at. */
export const httpGet: Check<HTTPGetAction> = (action, target, _timeoutMs, signal) =>
  get(action, target, 'kube-probe/1.36', signal)

/** A GET as probes and lifecycle hooks send it, as `agent`. Never rejects for what the other side does. */
export function get(
  action: HTTPGetAction,
  { container, podIp }: Pick<Target, 'container' | 'podIp'>,
  agent: string,
  signal: AbortSignal,
): Promise<Finding> {
  const host = action.host || podIp
  const port = portOf(action.port, container)
  const path = `/${(action.path ?? '/').replace(/^\//, '')}`
  const isSecure = action.scheme === 'HTTPS'
  const headers: Record<string, string> = { 'User-Agent': agent, Accept: '*/*' }
  for (const { name, value } of action.httpHeaders ?? []) headers[name] = value
  const url = `${isSecure ? 'https' : 'http'}://${host.includes(':') ? `[${host}]` : host}:${port}${path}`
  return new Promise(resolve => {
    const request = (isSecure ? overHttps : http.request)(
      { host, port, path, headers, signal, agent: false, rejectUnauthorized: false },
      answer => {
        answer.resume()
        const code = answer.statusCode ?? 0
        const ok = code >= 200 && code < 400
        resolve({ ok, output: ok ? '' : `HTTP probe failed with statuscode: ${code}` })
      },
    )
    request.once('error', error => {
      const late = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)'
      resolve({ ok: false, output: `Get "${url}": ${signal.aborted ? late : dialError(error, host, port)}` })
    })
    request.end()
  })
}

import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { type RequestOptions, request } from 'node:https'
import type { Trial } from './trial.ts'

/** The code of an answer as it is: the clients' own transport follows redirections. */
export async function codeOf(t: Trial, method: string, path: string): Promise<number> {
  const options: RequestOptions = { method }
  await t.http.config.applyToHTTPSOptions(options)
  const asked = request(`${t.http.config.getCurrentCluster()!.server}${path}`, options).end()
  const [answer] = (await once(asked, 'response')) as [IncomingMessage]
  answer.resume()
  return answer.statusCode ?? 0
}

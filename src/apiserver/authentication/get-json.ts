import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import type { GetJson } from './oidc-keys.ts'

const timeoutMs = 10_000
const longestAnswer = 1 << 20

/** Fetches a JSON document over HTTPS, in bounded time. */
export const getJson: GetJson = async (url, ca) => {
  const answer = await new Promise<IncomingMessage>((resolve, reject) => {
    const sent = get(url, { ...(ca && { ca }), timeout: timeoutMs, headers: { accept: 'application/json' } }, resolve)
    sent.once('timeout', () => sent.destroy(new Error(`${url} does not answer`)))
    sent.once('error', reject)
  })
  let text = ''
  for await (const chunk of answer.setEncoding('utf8') as AsyncIterable<string>) {
    text += chunk
    if (text.length > longestAnswer) throw new Error(`${url}: the answer is too long`)
  }
  if (answer.statusCode !== 200) throw new Error(`${url} answers ${answer.statusCode}`)
  return JSON.parse(text)
}

import { readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:https'
import { join } from 'node:path'
import Koa from 'koa'
import { open } from 'lmdb'

/*
 * The floor: the least that a server on this machine can do for the same bytes. Koa over TLS, and
 *   GET  /readyz             ok, and how many objects of a store it has read before
 *   GET  /file/NAME          the bytes of a file, from memory
 *   any  /durable/KEY        reads the body and answers it when it is on the disk: LMDB, one fsync for all who wait
 *   GET  /watch              never ends
 *   PUT  /broadcast/…        reads the body, answers it with a number, and sends it to all who watch
 */
const [port, data, directory, stock] = process.argv.slice(2) as [string, string, string, string?]
const pki = (file: string): string => readFileSync(join(data, 'pki', file), 'utf8')
const store = open({ path: join(directory, 'floor'), noSubdir: false, encoding: 'binary', overlappingSync: false })
const files = new Map<string, Buffer>()
const watchers = new Set<ServerResponse>()
let frames: Buffer[] = []
let revision = 0
/** Each value of a store and what it stands for: what a server holds that knows all its objects when it begins. */
const objects = stock
  ? Array.from(open<Buffer>({ path: stock, encoding: 'binary' }).getRange(), ({ value }) => [value, JSON.parse(value.toString())])
  : []

function file(name: string): Buffer {
  let bytes = files.get(name)
  if (!bytes) files.set(name, (bytes = readFileSync(join(directory, 'files', name))))
  return bytes
}

async function bodyOf(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of request) parts.push(part as Buffer)
  return Buffer.concat(parts)
}

/** Everything of one turn of the event loop goes out together. */
function send(frame: Buffer): void {
  if (frames.length === 0)
    setImmediate(() => {
      const all = Buffer.concat(frames)
      frames = []
      for (const watcher of watchers) watcher.write(all)
    })
  frames.push(frame)
}

const app = new Koa()
app.use(async ctx => {
  const [, door, name = ''] = ctx.path.split('/')
  ctx.set('content-type', 'application/json')
  if (door === 'readyz') ctx.body = `ok ${objects.length}`
  else if (door === 'file') ctx.body = file(name)
  else if (door === 'durable') {
    const body = await bodyOf(ctx.req)
    await (ctx.method === 'DELETE' ? store.remove(name) : store.put(name, body))
    ctx.body = body.length > 0 ? body : '{}'
  } else if (door === 'broadcast') {
    const body = await bodyOf(ctx.req)
    revision++
    send(Buffer.concat([Buffer.from('{"type":"MODIFIED","object":'), body, Buffer.from('}\n')]))
    ctx.body = `{"resourceVersion":"${revision}",${body.subarray(1)}`
  } else if (door === 'watch') {
    ctx.respond = false
    ctx.res.writeHead(200, { 'content-type': 'application/json' }).flushHeaders()
    watchers.add(ctx.res)
    ctx.res.once('close', () => watchers.delete(ctx.res))
  }
})

const tls = { cert: pki('apiserver.crt'), key: pki('apiserver.key'), ca: pki('ca.crt') }
const server = createServer({ ...tls, requestCert: true, rejectUnauthorized: false }, app.callback())
server.on('secureConnection', socket => socket.setNoDelay(true))
server.listen(Number(port), '127.0.0.1')
process.once('SIGTERM', () => process.exit())

import { once } from 'node:events'
import type { Duplex } from 'node:stream'
import type Docker from 'dockerode'
import type { LogOptions, Output, Streams } from '#kubelet/runtime.ts'
import type { Clock } from '#machinery/clock.ts'
import { type Engine, engineId, failure } from './engine.ts'
import { frames, raw } from './frames.ts'

/** How long after a process's last byte the engine may take to say how it ended. */
const settleMs = 20

/** Runs a command in a container and resolves with its exit code. */
export async function exec(
  container: Docker.Container,
  command: readonly string[],
  io: Streams,
  clock: Clock,
  signal: AbortSignal,
): Promise<number> {
  const tty = io.tty ?? false
  const session = await container.exec({
    Cmd: [...command],
    AttachStdin: io.stdin !== undefined,
    AttachStdout: io.stdout !== undefined,
    AttachStderr: io.stderr !== undefined && !tty,
    Tty: tty,
    abortSignal: signal,
  })
  const stream = await session.start({ hijack: true, stdin: true, Tty: tty, abortSignal: signal })
  await converse(stream, io, size => session.resize(size), signal)
  for (;;) {
    const { Running, ExitCode } = await session.inspect({ abortSignal: signal })
    if (!Running) return ExitCode ?? 0
    signal.throwIfAborted()
    await clock.sleep(settleMs, signal)
  }
}

/** Joins the streams of a container's own process until it ends. */
export async function attach(container: Docker.Container, io: Streams, signal: AbortSignal): Promise<void> {
  const tty = (await container.inspect()).Config.Tty
  const stream = await container.attach({
    stream: true,
    hijack: true,
    stdin: io.stdin !== undefined,
    stdout: io.stdout !== undefined,
    stderr: io.stderr !== undefined && !tty,
    abortSignal: signal,
  })
  await converse(stream as Duplex, { ...io, tty }, size => container.resize(size), signal)
}

type Resize = (size: { w: number; h: number }) => Promise<unknown>

/** Carries bytes both ways until the process's side ends. Rejects if the signal aborts before. */
async function converse(stream: Duplex, io: Streams, resize: Resize, signal: AbortSignal): Promise<void> {
  const abandon = (): void => void stream.destroy()
  signal.addEventListener('abort', abandon, { once: true })
  // Neither is waited for: the client may keep its side open long after the process has ended.
  void say(stream, io.stdin)
  if (io.tty && io.resize) void follow(io.resize, resize)
  try {
    for await (const { stream: name, bytes } of io.tty ? raw(stream) : frames(stream)) await io[name]?.(bytes)
  } catch (cause) {
    signal.throwIfAborted()
    throw cause
  } finally {
    signal.removeEventListener('abort', abandon)
    stream.destroy()
  }
  signal.throwIfAborted()
}

async function say(stream: Duplex, stdin: Streams['stdin']): Promise<void> {
  if (!stdin) return
  try {
    for await (const bytes of stdin) {
      if (stream.destroyed) return
      if (!stream.write(bytes)) await once(stream, 'drain')
    }
    stream.end()
  } catch {
    // A client that breaks off, or a process that no longer listens: in the end the output says what came of it.
    stream.end()
  }
}

async function follow(sizes: NonNullable<Streams['resize']>, resize: Resize): Promise<void> {
  try {
    for await (const { width, height } of sizes) await resize({ w: width, h: height })
  } catch {
    // The process has ended: its terminal has no size any more.
  }
}

/** What a container wrote. Ends quietly when the signal aborts. */
export async function* logs(
  engine: Engine,
  containerId: string,
  options: LogOptions,
  signal: AbortSignal,
): AsyncGenerator<Output> {
  const { follow = false, tailLines, since, timestamps = false } = options
  const query = {
    stdout: true,
    stderr: true,
    follow,
    timestamps,
    tail: tailLines ?? 'all',
    ...(since && { since: (since.getTime() / 1000).toFixed(3) }),
  }
  try {
    const container = await engine.container(containerId)
    const { Tty } = (await container.inspect()).Config
    const stream = await engine.request('GET', `/containers/${engineId(containerId)}/logs?`, query, { abortSignal: signal })
    try {
      yield* Tty ? raw(stream) : frames(stream)
    } finally {
      stream.destroy()
    }
  } catch (cause) {
    if (!signal.aborted) throw failure('RuntimeError', cause)
  }
}

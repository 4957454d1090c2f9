import { must, type Target } from './fetch.ts'

/** Reads paths one after the other over one kept-alive connection. Gives the time and the bytes it took. */
export async function download(asked: {
  readonly target: Target
  readonly paths: readonly string[]
  readonly accept: string
}): Promise<{ ms: number; bytes: number }> {
  const begun = performance.now()
  let bytes = 0
  for (const path of asked.paths) bytes += (await must(asked.target, path, { headers: { accept: asked.accept } })).bytes.length
  return { ms: performance.now() - begun, bytes }
}

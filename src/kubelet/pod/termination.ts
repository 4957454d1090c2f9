import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Container } from '#api/core/v1.ts'
import type { ContainerRuntime, ObservedContainer } from '#kubelet/runtime.ts'

const mostBytes = 4096
/** Of a log that stands in for the message. */
const mostLogLines = 80
const mostLogBytes = 2048

/** Where a container's last words are written, below its pod's directory. */
export const terminationFile = (podDirectory: string, { name, attempt }: Pick<ObservedContainer, 'name' | 'attempt'>): string =>
  join(podDirectory, 'containers', name, `${attempt}.termination`)

/** What an ended container left behind as its message: its file, or the end of its log if it failed and its policy says so. */
export async function lastWords(
  podDirectory: string | undefined,
  container: Container,
  ended: ObservedContainer,
  runtime: ContainerRuntime,
  signal: AbortSignal,
): Promise<string> {
  const written = podDirectory && (await readFile(terminationFile(podDirectory, ended), 'utf8').catch(() => ''))
  if (written) return written.slice(0, mostBytes)
  if (container.terminationMessagePolicy !== 'FallbackToLogsOnError' || !ended.exitCode) return ''
  const chunks: Uint8Array[] = []
  for await (const { bytes } of runtime.logs(ended.id, { tailLines: mostLogLines }, signal)) chunks.push(bytes)
  return Buffer.concat(chunks).subarray(-mostLogBytes).toString()
}

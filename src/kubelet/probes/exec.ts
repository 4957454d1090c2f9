import type { ExecAction } from '#api/core/v1.ts'
import type { Check, Target } from './check.ts'

/** Upstream's limit for what a probe may print. */
const mostOutputBytes = 10 * 1024

/** Whether a command in the container ends with 0. */
export const exec: Check<ExecAction> = async ({ command = [] }, target, timeoutMs, signal) => {
  try {
    const { exitCode, output } = await run(command, target, signal)
    return { ok: exitCode === 0, output }
  } catch (error) {
    if (!signal.aborted) throw error
    return { ok: false, output: `command timed out: "${command.join(' ')}" timed out after ${timeoutMs / 1000}s` }
  }
}

/** Runs a command in a container and collects what it prints. */
export async function run(
  command: readonly string[],
  { runtime, containerId }: Pick<Target, 'runtime' | 'containerId'>,
  signal: AbortSignal,
): Promise<{ exitCode: number; output: string }> {
  const chunks: Uint8Array[] = []
  let bytes = 0
  const collect = (chunk: Uint8Array): void => {
    if (bytes < mostOutputBytes) chunks.push(chunk)
    bytes += chunk.length
  }
  const exitCode = await runtime.exec(containerId, command, { stdout: collect, stderr: collect }, signal)
  return { exitCode, output: Buffer.concat(chunks).toString('utf8', 0, mostOutputBytes) }
}

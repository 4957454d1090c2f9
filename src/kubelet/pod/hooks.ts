import type { LifecycleHandler } from '#api/core/v1.ts'
import type { Target } from '#kubelet/probes/check.ts'
import { run } from '#kubelet/probes/exec.ts'
import { get } from '#kubelet/probes/http.ts'
import type { Clock } from '#machinery/clock.ts'

/** Runs a postStart or preStop hook to its end, or until the signal aborts. Throws why it failed. */
export async function runHook(
  { exec, httpGet, sleep }: LifecycleHandler,
  target: Target,
  clock: Clock,
  signal: AbortSignal,
): Promise<void> {
  if (exec) {
    const { exitCode, output } = await run(exec.command ?? [], target, signal)
    if (exitCode !== 0) throw new Error(`command '${exec.command?.join(' ')}' exited with ${exitCode}: ${output}`)
  } else if (httpGet && target.runtime.reachable) {
    const { ok, output } = await get(httpGet, target, 'kube-lifecycle/1.36', signal)
    // As upstream: any answer will do.
    if (!ok && !output.startsWith('HTTP probe failed')) throw new Error(output)
  } else if (sleep) await clock.sleep(sleep.seconds * 1000, signal)
}

/** A preStop hook within the grace of its container. Answers how many whole seconds of the grace are left. Never rejects. */
export async function preStop(
  hook: LifecycleHandler,
  target: Target,
  graceSeconds: number,
  clock: Clock,
  signal: AbortSignal,
  failed: (error: unknown) => void,
): Promise<number> {
  const begun = clock.now().getTime()
  const over = new AbortController()
  const late = new AbortController()
  void clock.sleep(graceSeconds * 1000, AbortSignal.any([signal, over.signal])).then(() => late.abort())
  await runHook(hook, target, clock, late.signal).catch(error => late.signal.aborted || failed(error))
  over.abort()
  return graceSeconds - Math.floor((clock.now().getTime() - begun) / 1000)
}

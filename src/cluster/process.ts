import { readFile, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { realClock } from '#machinery/clock.ts'

/** The process that runs the cluster of a data directory, remembered in `DIR/pinnace.pid`. */
export const pidFile = (data: string): string => join(data, 'pinnace.pid')

/** The running process of a data directory; nothing if there is none. A file left behind by a killed one does not count. */
export async function runningPid(data: string): Promise<number | undefined> {
  const text = await readFile(pidFile(data), 'utf8').catch(() => '')
  const pid = Number(text)
  return Number.isInteger(pid) && pid > 0 && (await isPinnace(pid)) ? pid : undefined
}

/** Remembers this process; the function it gives forgets it again. Throws if another one runs the same directory. */
export async function claimPid(data: string): Promise<() => Promise<void>> {
  const other = await runningPid(data)
  if (other !== undefined && other !== process.pid)
    throw new Error(`a cluster runs on ${data} already (process ${other}): pinnace down --data ${data}`)
  await writeFile(pidFile(data), `${process.pid}\n`)
  return () => rm(pidFile(data), { force: true })
}

/** Containers get their grace when a cluster ends: half a minute, and some. */
const longestEndMs = 60_000

/** Asks the process of a directory to end, and waits until it has. False if there was none. Throws if it does not end. */
export async function endCluster(data: string): Promise<boolean> {
  const pid = await runningPid(data)
  if (pid === undefined) return false
  process.kill(pid, 'SIGTERM')
  const deadline = realClock.now().getTime() + longestEndMs
  while (isAlive(pid)) {
    if (realClock.now().getTime() > deadline) throw new Error(`process ${pid} has not ended within ${longestEndMs / 1000} s`)
    await realClock.sleep(50, new AbortController().signal)
  }
  return true
}

/** Whether a process is one of ours: pids come round again. */
async function isPinnace(pid: number): Promise<boolean> {
  if (!isAlive(pid)) return false
  const command = await readFile(`/proc/${pid}/cmdline`, 'utf8').catch(() => 'pinnace')
  return command.includes('pinnace') || command.includes('src/cli/main')
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM'
  }
}

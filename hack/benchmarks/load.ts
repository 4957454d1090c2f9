import { jobs } from './load/jobs.ts'

type Job = (asked: unknown) => Promise<unknown>

// The process that plays the clients: does what it is told, one thing after the other.
process.on('message', async ({ job, asked }: { job: keyof typeof jobs; asked: unknown }) => {
  try {
    process.send!({ result: await (jobs[job] as Job)(asked) })
  } catch (error) {
    process.send!({ error: error instanceof Error ? error.stack : String(error) })
  }
})
process.on('disconnect', () => process.exit())
// In an orderly way, or a profile that is taken of it is lost.
process.once('SIGTERM', () => process.exit())

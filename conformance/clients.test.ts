import { type Outcome, take } from './clients/outcome.ts'
import { type Program, prepare, programs } from './clients/programs.ts'
import { mustPass, update } from './clients/ratchet.ts'
import { inContainers, ofPods, reconciler, tour } from './clients/steps.ts'
import { type ClusterFlags, clusterForSuite } from './cluster.ts'

/** What became of each step that was taken, by `PROGRAM, WHERE: STEP`. */
const outcomes = new Map<string, Outcome>()
const keyOf = ({ name }: Program, runtime: ClusterFlags['runtime'], step: string): string => `${name}, ${runtime}: ${step}`

/** What is to be seen on nodes of each kind. */
const suites: readonly { readonly runtime: ClusterFlags['runtime']; readonly isTaken: (step: string) => boolean }[] = [
  { runtime: 'simulated', isTaken: step => !inContainers.includes(step) },
  { runtime: 'docker', isTaken: step => ofPods.includes(step) },
]

for (const { runtime, isTaken } of suites)
  describe(`the official clients, ${runtime} nodes`, function () {
    this.timeout(0)
    const kubectl = clusterForSuite({ runtime })

    for (const program of programs) {
      const steps = program.steps.filter(isTaken)
      if (steps.length > 0) describe(program.name, () => takes(program, steps))
    }

    function takes(program: Program, steps: readonly string[]): void {
      before(async function () {
        const problem = await prepare(program)
        if (problem) {
          console.log(`      skipped: ${program.name} ${problem}`)
          this.skip()
        }
        const of = await take(program, kubectl().kubeconfig, steps)
        for (const step of steps) outcomes.set(keyOf(program, runtime, step), of(step))
      })

      for (const step of steps)
        it(`takes the step "${step}"`, function () {
          const key = keyOf(program, runtime, step)
          const { state, why } = outcomes.get(key)!
          if (state === 'ok') return
          if (mustPass.has(key)) throw new Error(why)
          console.log(`      ${state === 'failed' ? 'red' : 'skipped'}: ${why}`)
          this.skip()
        })
    }
  })

after(() => {
  if (outcomes.size === 0) return
  if (process.env.PINNACE_CONFORMANCE_UPDATE) update(outcomes)
  const clients = programs.filter(({ steps }) => steps !== reconciler)
  const others = programs.filter(({ steps }) => steps === reconciler)
  process.once('exit', () => console.log(`\n${table(tour, clients)}\n\n${table(reconciler, others)}\n`))
})

/** What became of each step, in containers where it was tried there; a dot: not tried on this machine; a dash: not in this client. */
function table(steps: readonly string[], columns: readonly Program[]): string {
  const cell = (program: Program, step: string): string => {
    if (!program.steps.includes(step)) return '–'
    return (outcomes.get(keyOf(program, 'docker', step)) ?? outcomes.get(keyOf(program, 'simulated', step)))?.state ?? '·'
  }
  const line = (head: string, cells: readonly string[]): string =>
    [head.padEnd(24), ...cells.map(text => text.padEnd(14))].join('').trimEnd()
  const heads = columns.map(({ name }) => name)
  return [
    line('step', heads),
    ...steps.map(step =>
      line(
        step,
        columns.map(program => cell(program, step)),
      ),
    ),
  ].join('\n')
}

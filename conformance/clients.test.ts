import { type Outcome, take } from './clients/outcome.ts'
import { type Program, programs } from './clients/programs.ts'
import { mustPass, update } from './clients/ratchet.ts'
import { inContainers, ofPods, reconciler, tour } from './clients/steps.ts'
import { Workshop } from './clients/workshop.ts'
import { type ClusterFlags, clusterForSuite } from './cluster.ts'
import { isAskedFor } from './upstream/harness/asked.ts'

/** What became of each step that was taken, by `PROGRAM, WHERE: STEP`. */
const outcomes = new Map<string, Outcome>()
const keyOf = ({ name }: Program, runtime: ClusterFlags['runtime'], step: string): string => `${name}, ${runtime}: ${step}`

/** What is to be seen on nodes of each kind. */
const suites: readonly { readonly runtime: ClusterFlags['runtime']; readonly isTaken: (step: string) => boolean }[] = [
  { runtime: 'simulated', isTaken: step => !inContainers.includes(step) },
  { runtime: 'docker', isTaken: step => ofPods.includes(step) },
]

const workshop = new Workshop()

// What is to be fetched comes while other suites run, or they would wait for the network minutes on end.
before(() => {
  for (const { runtime } of suites)
    for (const program of programs) if (stepsAsked(program, runtime).length > 0) void workshop.fetch(program)
})

const suiteName = (runtime: ClusterFlags['runtime']): string => `the official clients, ${runtime} nodes`
const testName = (step: string): string => `takes the step "${step}"`

/** The steps that a program is to take on such nodes, as far as mocha is to run them. */
function stepsAsked({ name, steps }: Program, runtime: ClusterFlags['runtime']): readonly string[] {
  const { isTaken } = suites.find(suite => suite.runtime === runtime)!
  return steps.filter(step => isTaken(step) && isAskedFor(`${suiteName(runtime)} ${name} ${testName(step)}`))
}

for (const { runtime } of suites)
  describe(suiteName(runtime), function () {
    this.timeout(0)
    /** All take their tours side by side, each in a namespace of its own; why one cannot, or nothing. */
    const tours = new Map<Program, Promise<string | undefined>>()
    after(() => Promise.allSettled(tours.values()))
    const kubectl = clusterForSuite({ runtime })
    const asked = programs.map(program => [program, stepsAsked(program, runtime)] as const).filter(([, { length }]) => length > 0)
    before(() => {
      for (const [program, steps] of asked) {
        const going = go(program, steps)
        // Whoever waits for it will hear of it.
        going.catch(() => {})
        tours.set(program, going)
      }
    })
    for (const [program, steps] of asked)
      describe(program.name, () => takes({ program, steps, runtime, toured: () => tours.get(program)! }))

    async function go(program: Program, steps: readonly string[]): Promise<string | undefined> {
      const problem = await workshop.make(program)
      if (problem) return problem
      const of = await take(program, kubectl().kubeconfig, steps)
      for (const step of steps) outcomes.set(keyOf(program, runtime, step), of(step))
      return undefined
    }
  })

interface Taken {
  readonly program: Program
  readonly steps: readonly string[]
  readonly runtime: ClusterFlags['runtime']
  /** Why it could not go on its tour, or nothing, when that is over. */
  readonly toured: () => Promise<string | undefined>
}

/** A program's suite: what came of its tour, step by step. */
function takes({ program, steps, runtime, toured }: Taken): void {
  before(async function () {
    const problem = await toured()
    if (!problem) return
    console.log(`      skipped: ${program.name} ${problem}`)
    this.skip()
  })

  for (const step of steps)
    it(testName(step), function () {
      const key = keyOf(program, runtime, step)
      const { state, why } = outcomes.get(key)!
      if (state === 'ok') return
      if (mustPass.has(key)) throw new Error(why)
      console.log(`      ${state === 'failed' ? 'red' : 'skipped'}: ${why}`)
      this.skip()
    })
}

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

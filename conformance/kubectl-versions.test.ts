import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import type { Kubectl } from './kubectl.ts'
import { type Step, script } from './kubectl-script.ts'
import { kubectls, minorOf, type Version } from './kubectls.ts'

/** What a version has printed at each step. */
interface Told {
  readonly minor: number
  readonly texts: ReadonlyMap<Step, string>
}

const versions = await kubectls()
/** Two cores are kept busy, and no test waits for another's pods. */
const atOnce = 2

describe('each kubectl there is', function () {
  this.timeout(1_200_000)
  const cluster = clusterForSuite({ runtime: 'simulated' })
  const told = new Map<Version, Told | Error | string>()

  before('they all do the same', async () => {
    const left = versions.entries()
    const work = async (): Promise<void> => {
      for (const [at, version] of left)
        told.set(version, await day(cluster(), version, `day-${at}`).catch((error: Error) => error))
    }
    await Promise.all(Array.from({ length: atOnce }, work))
  })

  for (const version of versions) {
    it(`${version.name}: ${script.length} commands print what they print from every other`, function () {
      const mine = told.get(version)!
      if (mine instanceof Error) throw mine
      if (typeof mine === 'string') {
        console.log(`      skipped: ${mine}`)
        this.skip()
      }
      for (const [step, text] of mine.texts) {
        if (step.varies) continue
        const same = versions
          .map(each => told.get(each)!)
          .find(each => isTold(each) && each.texts.has(step) && eraOf(step, each.minor) === eraOf(step, mine.minor)) as Told
        assert.equal(text, same.texts.get(step), `${step.args}, from 1.${mine.minor} and 1.${same.minor}`)
      }
    })
  }
})

const isTold = (told: Told | Error | string): told is Told => typeof told === 'object' && 'texts' in told

/** How often a command's output has changed before a version. */
const eraOf = ({ changed = {} }: Step, minor: number): number =>
  Object.keys(changed).filter(since => Number(since) <= minor).length

/** Types the script into one kubectl, in a namespace of its own. Gives why there is no such kubectl. */
async function day(any: Kubectl, version: Version, namespace: string): Promise<Told | string> {
  const problem = await version.make?.()
  if (problem) return problem
  const kubectl = any.by(version.program)
  const minor = await minorOf(version.program)
  const texts = new Map<Step, string>()
  await kubectl.ok(`create namespace ${namespace}`)
  for (const step of script) {
    if (step.since && minor < step.since) continue
    const { args, input, env, code = 0, prints } = step
    const list = (typeof args === 'string' ? args.split(' ') : args).map(arg => arg.replaceAll('NS', namespace))
    // The namespace comes first: what follows `--` is not kubectl's any more.
    const result = await kubectl.run(['--namespace', namespace, ...list], { ...(input && { input }), ...(env && { env }) })
    const text = normal(result.stdout + result.stderr, namespace)
    assert.equal(result.code, code, `${args}: ended with ${result.code}: ${text}`)
    if (prints) assert.match(text, prints, `${args}: ${text}`)
    texts.set(step, text)
  }
  await kubectl.ok(`delete namespace ${namespace} --wait=false`)
  return { minor, texts }
}

/** A text without what no two runs have in common: names that are made up, times, addresses, the widths of columns. */
const normal = (text: string, namespace: string): string =>
  text
    .replaceAll(namespace, 'NS')
    .replace(/^Waiting for .*\n/gm, '')
    .replace(/[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}/g, 'UID')
    .replace(/\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?( [+-]\d{4}|Z)?/g, 'TIME')
    .replace(/(resourceVersion"?: ")\d+/g, '$1N')
    .replace(/\/tmp\/\S+\//g, '/tmp/')
    .replace(/\b(web|one|once)((-[bcdfghjklmnpqrstvwxz2456789]{5,10}){1,2}|\.[0-9a-f]{16})\b/g, '$1-X')
    .replace(/\b(\d+[smh]){1,2}\b/g, 'AGE')
    .replace(/\b10\.\d+\.\d+\.\d+\b/g, '10.0.0.0')
    .replace(/:3\d{4}\b/g, ':30000')
    .replace(/ {2,}/g, '  ')
    .trimEnd()

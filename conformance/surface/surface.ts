import type { Ask, Cell } from './cell.ts'
import { discovered, type Listed, upstreamCells } from './discovered.ts'
import { askDoor, askPassing, parentOf, passesOn } from './doors.ts'
import { sent } from './encodings.ts'
import { askAll } from './requests.ts'
import { subject } from './subject.ts'

/** How many resources are asked at once. */
const abreast = 6

/** Asks a server everything that it says can be asked of it: every resource, by every verb, in every encoding. */
export async function* surface(ask: Ask): AsyncGenerator<Cell> {
  const all = await discovered(ask)
  const cells: Cell[] = []
  const work = all.values()
  const worker = async (): Promise<void> => {
    for (const listed of work) for await (const cell of cellsOf(ask, listed, all)) cells.push(cell)
  }
  await Promise.all(Array.from({ length: abreast }, worker))
  yield* cells
  yield* absent(all)
}

async function* cellsOf(ask: Ask, listed: Listed, all: readonly Listed[]): AsyncGenerator<Cell> {
  try {
    if (passesOn(listed)) return yield* askPassing(ask, listed, parentOf(listed, all))
    for (const encoding of sent)
      yield* listed.name.includes('/')
        ? askDoor(ask, listed, parentOf(listed, all), encoding)
        : askAll(ask, subject(listed), encoding)
  } catch (error) {
    yield { resource: `${listed.groupVersion} ${listed.name}`, verb: 'any', encoding: 'any', problem: String(error) }
  }
}

/** What upstream serves and this server does not. */
function* absent(all: readonly Listed[]): Generator<Cell> {
  const served = new Set(all.flatMap(({ groupVersion, name, verbs }) => verbs.map(verb => `${groupVersion} ${name} ${verb}`)))
  for (const cell of upstreamCells()) {
    if (served.has(cell)) continue
    const [version, name, verb] = cell.split(' ') as [string, string, string]
    yield { resource: `${version} ${name}`, verb, encoding: 'any', problem: 'not served' }
  }
}

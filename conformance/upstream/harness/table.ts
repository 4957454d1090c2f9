import { type Entry, titleOf } from './list.ts'

/** Skipped: not run, since it was not asked for or this machine lacks something. */
export type State = 'passed' | 'failed' | 'skipped'

const columns = ['covered', 'passed', 'failed', 'skipped', 'not covered'] as const
type Row = Record<(typeof columns)[number], number>

/** How much of upstream's conformance tests there is here, and how it went, by area, with a line of sums. */
export function table(entries: Iterable<Entry>, states: ReadonlyMap<string, State>): string {
  const areas = Object.entries(Object.groupBy(entries, ({ sig, area }) => `[${sig}] ${area}`))
  const rows = areas.map(([area, tests = []]): [string, Row] => [area, rowOf(tests.map(test => states.get(titleOf(test))))])
  const all = Object.fromEntries(columns.map(column => [column, rows.reduce((sum, [, row]) => sum + row[column], 0)])) as Row
  const red = Array.from(states).filter(([, state]) => state === 'failed')
  return [
    line('area', columns),
    ...rows.map(([area, row]) => line(area, figures(row))),
    line(`all ${rows.length} areas`, figures(all)),
    ...red.map(([title]) => `red: ${title}`),
  ].join('\n')
}

function rowOf(states: readonly (State | undefined)[]): Row {
  const count = (state: State | undefined): number => states.filter(each => each === state).length
  const notCovered = count(undefined)
  return {
    covered: states.length - notCovered,
    passed: count('passed'),
    failed: count('failed'),
    skipped: count('skipped'),
    'not covered': notCovered,
  }
}

const figures = (row: Row): string[] => columns.map(column => (row[column] ? `${row[column]}` : '·'))

const line = (area: string, cells: readonly string[]): string =>
  [area.padEnd(66), ...cells.map((cell, index) => cell.padStart(columns[index]!.length + 2))].join('')

import type { Cell } from './cell.ts'

const columns = ['json', 'yaml', 'protobuf', 'table', 'partial', 'partial-protobuf', 'any']

/** Cells as a table: a row for each resource and verb, a column for each encoding; below it what is wrong. */
export function table(cells: readonly Cell[]): string {
  const rows = new Map<string, Map<string, boolean>>()
  for (const { resource, verb, encoding, problem } of cells) {
    const key = `${resource} ${verb}`
    const row = rows.get(key) ?? new Map<string, boolean>()
    rows.set(key, row.set(encoding, problem === undefined && row.get(encoding) !== false))
  }
  const width = Math.max(...Array.from(rows.keys(), key => key.length))
  const mark = (passed: boolean | undefined): string => (passed === undefined ? '' : passed ? '+' : 'FAIL')
  const lines = Array.from(rows)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, row]) => [key.padEnd(width), ...columns.map(name => mark(row.get(name)).padEnd(name.length))].join('  '))
  const wrong = cells.filter(({ problem }) => problem !== undefined)
  return [
    [''.padEnd(width), ...columns].join('  '),
    ...lines,
    '',
    ...wrong.map(({ resource, verb, encoding, problem }) => `${resource} ${verb} (${encoding}): ${problem}`),
    `${cells.length - wrong.length} of ${cells.length} requests were answered as upstream answers them`,
  ].join('\n')
}

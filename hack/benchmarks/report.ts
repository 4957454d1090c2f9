import { type Figure, type Measured, median, ratio, reached } from './benchmark.ts'

type Row = readonly string[]

const columns: Row = ['figure', 'unit', 'here', 'floor', 'ratio', 'goal', '', 'rounds']

/** All figures as a table for people, in Markdown. */
export function table(figures: readonly Figure[], machine: object): string {
  const rows = [columns, ...figures.map(row)]
  const widths = columns.map((_, at) => Math.max(...rows.map(each => each[at]!.length)))
  const line = (cells: Row): string => `| ${cells.map((cell, at) => pad(cell, widths[at]!, at)).join(' | ')} |`
  const rule = `|${widths.map((width, at) => (at < 2 || at > 4 ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`
  const [head, ...body] = rows.map(line)
  return [Object.values(machine).join(', '), '', head, rule, ...body].join('\n')
}

/** One figure in one line. */
export function describe(figure: Figure): string {
  const [name, unit, here, floor, share, goal, verdict] = row(figure)
  if ('missing' in figure) return `${name}: ${figure.missing}`
  return `${name}: ${here} ${unit}${floor && `, floor ${floor}, ratio ${share}`}${goal && `, goal ${goal}: ${verdict}`}`
}

function row(figure: Figure): Row {
  if ('missing' in figure) return [figure.name, '', '-', '', '', '', 'not measured', figure.missing.slice(0, 80)]
  const { name, unit, rounds, floor } = figure
  const share = ratio(figure)
  const good = reached(figure)
  return [
    name,
    unit,
    rounded(median(rounds)),
    floor ? rounded(median(floor)) : '',
    share === undefined ? '' : share.toFixed(2),
    goalOf(figure),
    good === undefined ? '' : good ? 'reached' : 'not yet',
    rounds.map(rounded).join(' '),
  ]
}

function goalOf({ goal, better }: Measured): string {
  if (!goal) return ''
  return 'ratio' in goal ? `ratio ${goal.ratio}` : `${better === 'more' ? '≥' : '≤'} ${rounded(goal.value)}`
}

const pad = (cell: string, width: number, at: number): string => (at < 2 || at > 4 ? cell.padEnd(width) : cell.padStart(width))

const rounded = (value: number): string =>
  Math.abs(value) >= 100 ? String(Math.round(value)) : Number(value.toPrecision(3)).toString()

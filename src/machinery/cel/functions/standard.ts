import { lengthOf } from '#machinery/cel/compare.ts'
import { int64, uint64 } from '#machinery/cel/integers.ts'
import { durationText, moment, readDuration, readTimestamp, timestampText } from '#machinery/cel/moments.ts'
import { type Overload, overload } from '#machinery/cel/overload.ts'
import { typeOf } from '#machinery/cel/type-of.ts'
import {
  type Duration,
  EvaluationError,
  type MapValue,
  type Timestamp,
  TypeValue,
  type Uint,
  type Value,
} from '#machinery/cel/value.ts'
import { finding, glance, through } from './costs.ts'
import { doubleText, utf8 } from './texts.ts'

const whole = (value: number): bigint => {
  if (!Number.isFinite(value) || value <= -(2 ** 63) || value >= 2 ** 63) throw new EvaluationError('integer overflow')
  return BigInt(Math.trunc(value))
}

/** Digits as a number. Throws for what is none. */
function digits(text: string, type: string): bigint {
  const [, sign, value] = /^([+-]?)0*(\d{1,20})$/.exec(text) ?? []
  if (value === undefined) throw new EvaluationError(`strconv.Parse${type}: parsing ${JSON.stringify(text)}: invalid syntax`)
  return sign === '-' ? -BigInt(value) : BigInt(value)
}

function double(text: string): number {
  if (/^[+-]?(\d+(\.\d*)?|\.\d+)(e[+-]?\d+)?$/i.test(text)) return Number(text)
  if (/^[+-]?inf(inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return Number.NaN
  throw new EvaluationError(`strconv.ParseFloat: parsing ${JSON.stringify(text)}: invalid syntax`)
}

function boolean(text: string): boolean {
  if (/^(1|t|true|TRUE|True|T)$/.test(text)) return true
  if (/^(0|f|false|FALSE|False|F)$/.test(text)) return false
  throw new EvaluationError(`strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`)
}

const same = (value: Value): Value => value

const size = (type: string, count: (value: never) => bigint): Overload[] => [
  overload(`size(${type}): int`, count, glance),
  overload(`${type}.size(): int`, count, glance),
]

/** The functions of the language itself. */
export const standard: readonly Overload[] = [
  ...size('string', (text: string) => BigInt(lengthOf(text))),
  ...size('bytes', (bytes: Uint8Array) => BigInt(bytes.length)),
  ...size('list(A)', (list: Value[]) => BigInt(list.length)),
  ...size('map(A, B)', (map: MapValue) => BigInt(map.size)),
  overload('string.contains(string): bool', (text: string, part: string) => text.includes(part), finding(0)),
  overload('string.startsWith(string): bool', (text: string, part: string) => text.startsWith(part), through()),
  overload('string.endsWith(string): bool', (text: string, part: string) => text.endsWith(part), through()),
  overload('dyn(A): dyn', same),
  overload('type(A): type(A)', (value: Value) => new TypeValue(typeOf(value))),
  overload('bool(bool): bool', same),
  overload('bool(string): bool', boolean, glance),
  overload('int(int): int', same),
  overload('int(uint): int', ({ value }: Uint) => int64(value)),
  overload('int(double): int', whole),
  overload('int(string): int', (text: string) => int64(digits(text, 'Int')), glance),
  overload('int(timestamp): int', ({ nanos }: Timestamp) => nanos / 1_000_000_000n),
  overload('int(duration): int', ({ nanos }: Duration) => nanos),
  overload('uint(uint): uint', same),
  overload('uint(int): uint', uint64),
  overload('uint(double): uint', (value: number) => uint64(BigInt(Number.isFinite(value) ? Math.trunc(value) : -1))),
  overload('uint(string): uint', (text: string) => uint64(digits(text, 'Uint')), glance),
  overload('double(double): double', same),
  overload('double(int): double', Number),
  overload('double(uint): double', ({ value }: Uint) => Number(value)),
  overload('double(string): double', double, glance),
  overload('string(string): string', same),
  overload('string(bool): string', String),
  overload('string(int): string', String),
  overload('string(uint): string', ({ value }: Uint) => String(value)),
  overload('string(double): string', doubleText),
  overload('string(bytes): string', utf8, through()),
  overload('string(timestamp): string', timestampText),
  overload('string(duration): string', durationText),
  overload('bytes(bytes): bytes', same),
  overload('bytes(string): bytes', (text: string) => Buffer.from(text), through()),
  overload('timestamp(timestamp): timestamp', same),
  overload('timestamp(string): timestamp', readTimestamp, glance),
  overload('timestamp(int): timestamp', (seconds: bigint) => moment(seconds * 1_000_000_000n)),
  overload('duration(duration): duration', same),
  overload('duration(string): duration', readDuration, glance),
]

import { isExact } from './exact.ts'
import { valueName } from './go-types.ts'
import { canonical } from './quantity.ts'
import { parseMoment } from './rfc3339.ts'
import type { Schema } from './schema.ts'
import { microTimestamp, timestamp } from './time.ts'

/** What becomes of a scalar; or how Go names it where it does not belong (and what belongs there); or what its own decoder says. */
export type Outcome =
  | { readonly value: unknown }
  | { readonly mismatch: string; readonly as?: string }
  | { readonly error: string }

export type Read = (value: unknown) => Outcome

/** How the values of a schema are read, if they are scalars. */
export function readerOf(schema: Schema): Read | undefined {
  if (schema.intOrString) return isQuantity(schema) ? readQuantity : readIntOrString
  switch (schema.type) {
    case 'string':
      return readerOfString(schema)
    case 'integer':
      return schema.format === 'int32' ? readInt32 : readInt64
    case 'number':
      return isQuantity(schema) ? readQuantity : readNumber
    case 'boolean':
      return readBoolean
    default:
      return isQuantity(schema) ? readQuantity : undefined
  }
}

const isQuantity = ({ format, goType }: Schema): boolean => format === 'quantity' || (goType?.endsWith('Quantity') ?? false)

function readerOfString(schema: Schema): Read {
  if (schema.format === 'date-time') return schema.goType?.endsWith('MicroTime') ? readMicroTime : readTime
  if (schema.format === 'micro-time') return readMicroTime
  if (schema.format === 'byte') return readBytes
  return isQuantity(schema) ? readQuantity : readString
}

const readString: Read = value => (typeof value === 'string' ? { value } : { mismatch: valueName(value) })

const readBoolean: Read = value => (typeof value === 'boolean' ? { value } : { mismatch: valueName(value) })

const readNumber: Read = value => (typeof value === 'number' || isExact(value) ? { value } : { mismatch: valueName(value) })

const readInt32: Read = value =>
  typeof value === 'number' && value === (value | 0) ? { value } : { mismatch: integerName(value) }

const readInt64: Read = value => (isInt64(value) ? { value } : { mismatch: integerName(value) })

function isInt64(value: unknown): boolean {
  if (typeof value === 'number') return Number.isInteger(value) && Math.abs(value) < 2 ** 63
  return isExact(value) && BigInt.asIntN(64, BigInt(value.rawJSON)) === BigInt(value.rawJSON)
}

/** Of a number that does not fit, messages give the digits. */
const integerName = (value: unknown): string => {
  const name = valueName(value)
  return name === 'number' ? `number ${JSON.stringify(value)}` : name
}

const readIntOrString: Read = value =>
  typeof value === 'string' || (typeof value === 'number' && value === (value | 0))
    ? { value }
    : { mismatch: integerName(value), as: 'int32' }

const readQuantity: Read = value => {
  try {
    return { value: canonical(typeof value === 'string' || typeof value === 'number' ? value : JSON.stringify(value)) }
  } catch (error) {
    return { error: (error as Error).message }
  }
}

const readTime: Read = value => readMoment(value, 0)

const readMicroTime: Read = value => readMoment(value, 6)

function readMoment(value: unknown, digits: 0 | 6): Outcome {
  if (typeof value !== 'string') return { mismatch: valueName(value), as: 'string' }
  const moment = parseMoment(value, digits)
  if ('error' in moment) return moment
  if (digits === 0) return { value: timestamp(moment.date) }
  // A Date has milliseconds only.
  return { value: microTimestamp(moment.date).replace(/\d{3}Z$/, `${moment.fraction.slice(3)}Z`) }
}

const readBytes: Read = value => {
  if (typeof value !== 'string') return { mismatch: valueName(value) }
  const text = value.replace(/[\r\n]/g, '')
  if (text.length % 4 === 0 && /^[A-Za-z0-9+/]*={0,2}$/.test(text)) return { value: text }
  const [clean = ''] = /^[A-Za-z0-9+/]*/.exec(text) ?? []
  return {
    error: `illegal base64 data at input byte ${clean.length === text.length ? Math.trunc(text.length / 4) * 4 : clean.length}`,
  }
}

import { EvaluationError } from '#machinery/cel/value.ts'

/** Bytes as text. Throws EvaluationError for what is none. */
export function utf8(bytes: Uint8Array): string {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes)
  } catch {
    throw new EvaluationError('invalid UTF-8 in bytes, cannot convert to string')
  }
}

/** A double as Go writes it. */
export function doubleText(value: number): string {
  if (Number.isFinite(value)) return String(value).replace(/e([+-])(\d)$/, 'e$10$2')
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

import type { Admission } from './admission.ts'

/** Which plugins there are to be, and what they are told: upstream's flags. */
export interface AdmissionSettings {
  /** --enable-admission-plugins: besides those that are on by default. */
  readonly enabled?: readonly string[]
  /** --disable-admission-plugins */
  readonly disabled?: readonly string[]
  /** --admission-control-config-file: what stands in it for a plugin, by the plugin's name. */
  readonly configurations?: Readonly<Record<string, unknown>>
}

/** The plugins of a list that are wanted: all that are on by default, changed by the flags. Throws in words for names that do not go together. */
export function chosen(
  plugins: readonly Admission[],
  offByDefault: ReadonlySet<string>,
  { enabled = [], disabled = [] }: AdmissionSettings,
): readonly Admission[] {
  const known = new Set(plugins.map(({ name }) => name))
  for (const name of enabled) if (!known.has(name)) throw new Error(`enable-admission-plugins plugin "${name}" is unknown`)
  for (const name of disabled) if (!known.has(name)) throw new Error(`disable-admission-plugins plugin "${name}" is unknown`)
  const both = enabled.filter(name => disabled.includes(name)).toSorted()
  if (both.length > 0) throw new Error(`[${both.join(' ')}] in enable-admission-plugins and disable-admission-plugins overlapped`)
  return plugins.filter(({ name }) => enabled.includes(name) || !(offByDefault.has(name) || disabled.includes(name)))
}

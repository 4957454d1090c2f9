import { readFileSync } from 'node:fs'

/** One of the tests that upstream calls conformance. */
export interface Entry {
  readonly sig: string
  readonly area: string
  readonly name: string
  /** What it needs: A the API server alone, B controllers, K nodes that need not run anything, 2 and 3 real containers and a real network. */
  readonly class: string
}

/** Its name in every report, in the ratchet, and in upstream's own: `[sig-node] Pods should be updated`. */
export const titleOf = ({ sig, area, name }: Pick<Entry, 'sig' | 'area' | 'name'>): string => `[${sig}] ${area} ${name}`

const linesOf = (file: string): string[] =>
  readFileSync(new URL(`../../${file}`, import.meta.url), 'utf8')
    .split('\n')
    .filter(Boolean)

/** All of upstream's conformance tests at v1.36, by title. */
export function upstreamTests(): ReadonlyMap<string, Entry> {
  const entries = linesOf('upstream.tsv')
    .slice(1)
    .map((line): Entry => {
      const [sig = '', area = '', name = '', needs = ''] = line.split('\t')
      return { sig, area, name, class: needs }
    })
  return new Map(entries.map(entry => [titleOf(entry), entry]))
}

/** Where the ratchet lies. */
export const ratchetFile: URL = new URL('../../ratchet.txt', import.meta.url)

/** The titles of the tests that have passed, and may not fail any more. */
export const ratchet = (): ReadonlySet<string> => new Set(linesOf('ratchet.txt'))

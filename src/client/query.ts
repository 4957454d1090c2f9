/** What may stand in a query; what is undefined or empty is left out. */
export type Parameters = Readonly<Record<string, string | number | boolean | undefined>>

/** `?limit=500&continue=abc`, or nothing. */
export function query(parameters: Parameters): string {
  const said = Object.entries(parameters).filter(([, value]) => value !== undefined && value !== '')
  return said.length ? `?${said.map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&')}` : ''
}

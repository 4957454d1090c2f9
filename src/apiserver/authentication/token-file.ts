import type { User } from '#apiserver/user.ts'

/**
 * The users of a token file, by their token: CSV of token, user name, uid and, quoted, groups (upstream: --token-auth-file).
 * Throws, with the line, for a record that is none.
 */
export function readTokenFile(text: string): ReadonlyMap<string, User> {
  const users = new Map<string, User>()
  text.split(/\r?\n/).forEach((line, at) => {
    if (!line) return
    const record = fieldsOf(line)
    if (!record) throw new Error(`line ${at + 1}: a quote is not closed, or stands inside a field`)
    if (record.length < 3)
      throw new Error(`line ${at + 1}: must have at least 3 columns (token, user name, user uid), found ${record.length}`)
    const [token, name, uid, groups] = record as [string, string, string, string | undefined]
    if (token) users.set(token, { name, uid, groups: groups ? groups.split(',') : [] })
  })
  return users
}

/** A line of CSV. A quoted field may hold commas, and quotes written twice. */
function fieldsOf(line: string): string[] | undefined {
  const fields: string[] = []
  const field = /(?:"((?:[^"]|"")*)"|([^",]*))(,|$)/y
  for (;;) {
    const found = field.exec(line)
    if (!found) return undefined
    const [, quoted, plain, end] = found
    fields.push(quoted?.replaceAll('""', '"') ?? plain!)
    if (end === '') return fields
  }
}

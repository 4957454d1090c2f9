import type { IncomingHttpHeaders } from 'node:http'

/** Whether the client says that it has what this entity tag names (If-None-Match). */
export function isKnown(etag: string, headers: IncomingHttpHeaders): boolean {
  const tags = headers['if-none-match']?.split(',').map(tag => tag.trim().replace(/^W\//, ''))
  return tags !== undefined && (tags.includes(etag) || tags.includes('*'))
}

/** A member of a protobuf message, by its number: text, or a message. */
type Members = { readonly [number: number]: string | Members }

function message(members: Members): Buffer {
  const parts = Object.entries(members).flatMap(([number, value]) => {
    const bytes = typeof value === 'string' ? Buffer.from(value) : message(value)
    return [Buffer.of((Number(number) << 3) | 2, bytes.length), bytes]
  })
  return Buffer.concat(parts)
}

/** What some doors take and never give, so that no server can be asked for it in protobuf: by the name of the door, for the object with a name. */
const bodies: Readonly<Record<string, (name: string) => { readonly type: Members; readonly raw: Members }>> = {
  'pods/binding': name => ({ type: { 1: 'v1', 2: 'Binding' }, raw: { 1: { 1: name }, 2: { 1: 'Node', 3: 'nowhere' } } }),
  'pods/eviction': name => ({ type: { 1: 'policy/v1', 2: 'Eviction' }, raw: { 1: { 1: name } } }),
  bindings: name => ({ type: { 1: 'v1', 2: 'Binding' }, raw: { 1: { 1: name }, 2: { 1: 'Node', 3: 'nowhere' } } }),
}

/** The protobuf of such a body, in its envelope; nothing for what a server can be asked for. No part of it is longer than 127 bytes. */
export function packed(door: string, name: string): Buffer | undefined {
  const body = bodies[door]?.(name)
  return body && Buffer.concat([Buffer.from('k8s\0'), message({ 1: body.type }), Buffer.of(0x12), sized(message(body.raw))])
}

const sized = (bytes: Buffer): Buffer => Buffer.concat([Buffer.of(bytes.length), bytes])

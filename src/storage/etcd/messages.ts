import { parse, type Type } from 'protobufjs'

/*
 * As much of etcd's v3 API (etcdserverpb, mvccpb) as a storage needs: the names and numbers of fields, which are facts of the
 * wire. Watches are asked for one at a time on a stream of their own, so watch ids do not occur.
 */
const { root } = parse(`
  syntax = "proto3";
  message Header { uint64 cluster_id = 1; int64 revision = 3; }
  message KeyValue { bytes key = 1; int64 mod_revision = 3; bytes value = 5; }
  message RangeRequest { bytes key = 1; bytes range_end = 2; int64 limit = 3; int64 revision = 4; }
  message RangeResponse { Header header = 1; repeated KeyValue kvs = 2; int64 count = 4; }
  message PutRequest { bytes key = 1; bytes value = 2; }
  message DeleteRangeRequest { bytes key = 1; }
  message RequestOp {
    oneof request { RangeRequest request_range = 1; PutRequest request_put = 2; DeleteRangeRequest request_delete_range = 3; }
  }
  message ResponseOp { RangeResponse response_range = 1; }
  message Compare { int32 target = 2; bytes key = 3; oneof target_union { int64 mod_revision = 6; } }
  message TxnRequest { repeated Compare compare = 1; repeated RequestOp success = 2; repeated RequestOp failure = 3; }
  message TxnResponse { Header header = 1; bool succeeded = 2; repeated ResponseOp responses = 3; }
  message CompactionRequest { int64 revision = 1; }
  message CompactionResponse { Header header = 1; }
  message WatchCreateRequest { bytes key = 1; bytes range_end = 2; int64 start_revision = 3; bool prev_kv = 6; }
  message WatchRequest { WatchCreateRequest create_request = 1; }
  message Event { int32 type = 1; KeyValue kv = 2; KeyValue prev_kv = 3; }
  message WatchResponse {
    Header header = 1; bool created = 3; bool canceled = 4; int64 compact_revision = 5; string cancel_reason = 6;
    repeated Event events = 11;
  }
`)

/** A number of the wire that is an int64: revisions stay far below 2^53. */
type Int64 = number | { toNumber(): number }
export const toNumber = (value: Int64): number => (typeof value === 'number' ? value : value.toNumber())

export interface Header {
  readonly clusterId: { toString(): string }
  readonly revision: Int64
}

export interface KeyValue {
  readonly key: Uint8Array
  readonly value: Uint8Array
  readonly modRevision: Int64
}

export interface RangeRequest {
  readonly key: Uint8Array
  readonly rangeEnd?: Uint8Array
  /** 0: no limit. */
  readonly limit?: number
  /** 0: the newest. */
  readonly revision?: number
}

export interface RangeResponse {
  readonly header: Header
  readonly kvs: readonly KeyValue[]
  /** How many keys the range has, whatever the limit. */
  readonly count: Int64
}

/** What a Compare compares. */
export const target = { mod: 2 } as const

export interface RequestOp {
  readonly requestRange?: RangeRequest
  readonly requestPut?: { readonly key: Uint8Array; readonly value: Uint8Array }
  readonly requestDeleteRange?: { readonly key: Uint8Array }
}

export interface TxnRequest {
  readonly compare: readonly { readonly target: typeof target.mod; readonly key: Uint8Array; readonly modRevision: number }[]
  readonly success: readonly RequestOp[]
  readonly failure: readonly RequestOp[]
}

export interface TxnResponse {
  readonly header: Header
  readonly succeeded: boolean
  readonly responses: readonly { readonly responseRange?: RangeResponse }[]
}

export interface WatchRequest {
  readonly createRequest: {
    readonly key: Uint8Array
    readonly rangeEnd: Uint8Array
    readonly startRevision: number
    readonly prevKv: boolean
  }
}

/** An Event's type that says: deleted. */
export const deletion = 1

export interface WireEvent {
  readonly type: number
  readonly kv: KeyValue
  readonly prevKv?: KeyValue | null
}

export interface WatchResponse {
  readonly header: Header
  readonly created: boolean
  readonly canceled: boolean
  /** Not 0: the watch asked for what is compacted up to here. */
  readonly compactRevision: Int64
  readonly cancelReason: string
  readonly events: readonly WireEvent[]
}

/** A method of etcd's API: its path, and how its messages become bytes and come from them. */
export interface Method<Request, Response> {
  readonly path: string
  readonly encode: (request: Request) => Buffer
  readonly decode: (bytes: Buffer) => Response
}

function method<Request, Response>(path: string, request: string, response: string): Method<Request, Response> {
  const from: Type = root.lookupType(request)
  const to: Type = root.lookupType(response)
  return {
    path: `/etcdserverpb.${path}`,
    encode: message => from.encode(message as object).finish() as Buffer,
    decode: bytes => to.decode(bytes) as unknown as Response,
  }
}

export const methods = {
  range: method<RangeRequest, RangeResponse>('KV/Range', 'RangeRequest', 'RangeResponse'),
  txn: method<TxnRequest, TxnResponse>('KV/Txn', 'TxnRequest', 'TxnResponse'),
  compact: method<{ readonly revision: number }, { readonly header: Header }>(
    'KV/Compact',
    'CompactionRequest',
    'CompactionResponse',
  ),
  watch: method<WatchRequest, WatchResponse>('Watch/Watch', 'WatchRequest', 'WatchResponse'),
} as const

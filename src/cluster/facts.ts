import { readFileSync } from 'node:fs'
import { findPackageJSON } from 'node:module'
import type { Document, Facts } from '#apiserver/facts.ts'
import { openDescriptions } from '#openapi/descriptions.ts'
import { gnosticV2 } from '#openapi/gnostic-v2.ts'
import { gnosticV3 } from '#openapi/gnostic-v3.ts'
import { messagesByKind } from '#openapi/messages.ts'
import { openFacts as open } from '#openapi/schemas.ts'
import { documentV2 } from '#openapi/v2.ts'
import { documentV3 } from '#openapi/v3.ts'

/** What is known of Kubernetes' kinds, as the API server asks for it. */
export function openFacts(): Facts {
  const facts = open()
  const describe = openDescriptions()
  return {
    schema: kind => facts.schema(kind),
    message: messagesByKind(name => facts.type(name)),
    // The facts come with this package, and the sentences with client-node.
    edition: `${versionOf('.')} ${versionOf('@kubernetes/client-node')}`,
    documentV2: served => inForms(documentV2(served, facts, describe), gnosticV2),
    documentV3: (of, served) => inForms(documentV3(of, served, facts, describe), gnosticV3),
  }
}

/** The document as bytes; it is far larger as objects, so those are not kept for protobuf. */
function inForms<D extends object>(document: D, pack: (document: D) => Uint8Array): Document {
  const json = Buffer.from(JSON.stringify(document))
  return { json, protobuf: () => pack(JSON.parse(json.toString()) as D) }
}

function versionOf(name: string): string {
  try {
    const { version } = JSON.parse(readFileSync(findPackageJSON(name, import.meta.url)!, 'utf8')) as { version: string }
    return version
  } catch {
    return 'none'
  }
}

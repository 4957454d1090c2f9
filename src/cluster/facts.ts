import type { Facts } from '#apiserver/facts.ts'
import { openDescriptions } from '#openapi/descriptions.ts'
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
    documentV2: served => documentV2(served, facts, describe),
    documentV3: (of, served) => documentV3(of, served, facts, describe),
  }
}

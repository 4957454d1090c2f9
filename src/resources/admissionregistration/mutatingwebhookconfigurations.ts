import { MutatingWebhookConfiguration } from '#api/admissionregistration/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { age, name, text } from '#resources/columns.ts'
import { defaultWebhook, validateWebhooks } from './webhooks.ts'

export default resource(MutatingWebhookConfiguration, {
  categories: ['api-extensions'],
  conditionalUpdate: true,
  generation: true,
  columns: [name, text('Webhooks', ({ webhooks }) => webhooks?.length ?? 0), age],

  default({ webhooks }) {
    for (const webhook of webhooks ?? []) {
      defaultWebhook(webhook)
      webhook.reinvocationPolicy ??= 'Never'
    }
  },

  validate: ({ webhooks }, before) => validateWebhooks(webhooks, before && (before.webhooks ?? [])),
})

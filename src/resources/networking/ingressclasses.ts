import { IngressClass } from '#api/networking/v1.ts'
import { resource } from '#apiserver/resource.ts'
import { forbidden, invalidEach, invalidValue, required, tooLong } from '#machinery/causes.ts'
import { dns1123Label, dns1123Subdomain } from '#machinery/names.ts'
import { named, namedIfSet, oneOf, pathSegment } from '#resources/checks.ts'
import { age, name, text } from '#resources/columns.ts'

export default resource(IngressClass, {
  generation: true,
  columns: [
    {
      ...name,
      value: ({ metadata }) =>
        metadata.annotations?.['ingressclass.kubernetes.io/is-default-class'] === 'true'
          ? `${metadata.name} (default)`
          : metadata.name,
    },
    text('Controller', ({ spec }) => spec?.controller ?? ''),
    text('Parameters', ({ spec }) => {
      const parameters = spec?.parameters
      if (!parameters) return '<none>'
      const kind = parameters.apiGroup === undefined ? parameters.kind : `${parameters.kind}.${parameters.apiGroup}`
      return `${kind}/${parameters.name}`
    }),
    age,
  ],

  default(ingressClass) {
    const spec = (ingressClass.spec ??= {})
    if (spec.parameters) spec.parameters.scope ??= 'Cluster'
  },

  *validate({ spec = {} }, before) {
    const { controller = '', parameters } = spec
    const path = 'spec.controller'
    if (Buffer.byteLength(controller) > 250) yield tooLong(path, 250)
    const slash = controller.indexOf('/')
    if (!controller) yield required(path)
    else if (slash <= 0 || slash === controller.length - 1) {
      yield invalidValue(path, controller, 'must be a domain-prefixed path (such as "acme.io/foo")')
    } else {
      const host = controller.slice(0, slash)
      yield* invalidEach(path, host, dns1123Subdomain(host))
    }
    if (before && controller !== (before.spec?.controller ?? '')) yield invalidValue(path, controller, 'field is immutable')
    if (!parameters) return
    const at = 'spec.parameters'
    yield* namedIfSet(parameters.apiGroup, `${at}.apiGroup`, dns1123Subdomain)
    yield* named(parameters.kind, `${at}.kind`, pathSegment)
    yield* named(parameters.name, `${at}.name`, pathSegment)
    yield* oneOf(parameters.scope, `${at}.scope`, ['Cluster', 'Namespace'])
    const { scope, namespace } = parameters
    if (scope === 'Namespace' && namespace === undefined)
      yield required(`${at}.namespace`, "`parameters.scope` is set to 'Namespace'")
    if (scope === 'Namespace') yield* namedIfSet(namespace, `${at}.namespace`, dns1123Label)
    if (scope === 'Cluster' && namespace !== undefined)
      yield forbidden(`${at}.namespace`, "`parameters.scope` is set to 'Cluster'")
  },
})

import assert from 'node:assert/strict'
import { clusterForSuite } from './cluster.ts'
import { sender } from './https.ts'
import type { Cell } from './surface/cell.ts'
import { surface } from './surface/surface.ts'
import { table } from './surface/table.ts'

/** What upstream serves and we do not yet: `resource` or `verb`. It may only become shorter. */
const notYet: readonly string[] = [
  'patch (apply)',
  'admissionregistration.k8s.io/v1 mutatingadmissionpolicies',
  'admissionregistration.k8s.io/v1 mutatingadmissionpolicybindings',
  'admissionregistration.k8s.io/v1 mutatingwebhookconfigurations',
  'admissionregistration.k8s.io/v1 validatingadmissionpolicies',
  'admissionregistration.k8s.io/v1 validatingadmissionpolicies/status',
  'admissionregistration.k8s.io/v1 validatingadmissionpolicybindings',
  'admissionregistration.k8s.io/v1 validatingwebhookconfigurations',
  'apiextensions.k8s.io/v1 customresourcedefinitions',
  'apiextensions.k8s.io/v1 customresourcedefinitions/status',
  'apiregistration.k8s.io/v1 apiservices',
  'apiregistration.k8s.io/v1 apiservices/status',
  'certificates.k8s.io/v1 certificatesigningrequests',
  'certificates.k8s.io/v1 certificatesigningrequests/approval',
  'certificates.k8s.io/v1 certificatesigningrequests/status',
  'flowcontrol.apiserver.k8s.io/v1 flowschemas',
  'flowcontrol.apiserver.k8s.io/v1 flowschemas/status',
  'flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations',
  'flowcontrol.apiserver.k8s.io/v1 prioritylevelconfigurations/status',
  'networking.k8s.io/v1 ipaddresses',
  'networking.k8s.io/v1 servicecidrs',
  'networking.k8s.io/v1 servicecidrs/status',
  'resource.k8s.io/v1 deviceclasses',
  'resource.k8s.io/v1 resourceclaims',
  'resource.k8s.io/v1 resourceclaims/status',
  'resource.k8s.io/v1 resourceclaimtemplates',
  'resource.k8s.io/v1 resourceslices',
  'storage.k8s.io/v1 csistoragecapacities',
  'storage.k8s.io/v1 volumeattributesclasses',
  'v1 bindings',
  'v1 componentstatuses',
]

describe('every resource by every verb in every encoding', function () {
  this.timeout(300_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })
  let cells: Cell[]
  before(async () => {
    cells = await Array.fromAsync(surface(await sender(kubectl())))
  })

  const isNotYet = ({ resource, verb }: Cell): boolean => notYet.includes(resource) || notYet.includes(verb)

  it('is answered as upstream answers it', () => {
    const wrong = cells.filter(cell => cell.problem !== undefined && !isNotYet(cell))
    assert.equal(wrong.length, 0, table(wrong))
    assert.ok(cells.length > 1000)
  })

  it('lists as not served what is not, and nothing else', () => {
    for (const name of notYet) {
      const named = cells.filter(({ resource, verb }) => resource === name || verb === name)
      assert.ok(
        named.some(({ problem }) => problem !== undefined),
        `${name} is served`,
      )
    }
  })
})

/** Makes the tour with @kubernetes/client-node, against the cluster of KUBECONFIG. */
import { Clients } from './clients.ts'
import { deployments } from './deployments.ts'
import { errors } from './errors.ts'
import { objects } from './objects.ts'
import { patches } from './patches.ts'
import { pods } from './pods.ts'
import { Tour } from './steps.ts'

const tour = new Tour()
let clients: Clients | undefined
await tour.begin('config', async () => {
  clients = await Clients.connect()
})
if (clients) {
  const known = clients
  for (const [name, take] of Object.entries({ ...objects, ...patches, ...pods, ...deployments, ...errors }))
    await tour.step(name, () => take(known))
  await known.remove()
}
process.exit(tour.failed ? 1 : 0)

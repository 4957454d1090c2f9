import { sender } from '../https.ts'
import { Kubectl } from '../kubectl.ts'
import { surface } from './surface.ts'
import { table } from './table.ts'

const [kubeconfig] = process.argv.slice(2)
if (!kubeconfig) throw new Error('say which cluster: the file of its kubeconfig')
const cells = await Array.fromAsync(surface(await sender(new Kubectl(kubeconfig))))
console.log(table(cells))
process.exit(cells.some(({ problem }) => problem !== undefined) ? 1 : 0)

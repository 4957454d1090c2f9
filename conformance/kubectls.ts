import { access } from 'node:fs/promises'
import { basename } from 'node:path'
import { everyKubectl } from './every-kubectl.ts'
import { inHouse, run } from './program.ts'

/** A kubectl that this machine has, or could have. */
export interface Version {
  readonly name: string
  readonly program: string
  /** Makes it where it is not there yet; gives why that is not possible. */
  make?(): Promise<string | undefined>
}

/** Where what is fetched and built lies; never committed. */
const built = (path: string): string => inHouse(`node_modules/.cache/conformance/${path}`)

/** Every kubectl there may be, the newest first: one built of upstream's library, those that are installed, and Debian's. */
export async function kubectls(): Promise<Version[]> {
  const [debian, newest] = [built('debian/usr/bin/kubectl'), built('kubectl')]
  return [
    { name: 'kubectl 1.36, of its library', program: newest, make: () => build(newest) },
    ...(await everyKubectl()).reverse().map(program => ({ name: basename(program), program })),
    {
      name: 'kubectl 1.20, of Debian',
      program: debian,
      make: () =>
        access(debian).then(
          () => undefined,
          () => unpacked,
        ),
    },
  ]
}

const unpacked = 'hack/install tests unpacks it, where there is apt-get and a Debian that has it'

/** A first build fetches the library and takes some minutes. */
async function build(program: string, of = '.'): Promise<string | undefined> {
  const version = ['gitMajor=1', 'gitMinor=36', 'gitVersion=v1.36.0'].map(each => `-X k8s.io/component-base/version.${each}`)
  const args = ['build', '-buildvcs=false', '-ldflags', `-s -w ${version.join(' ')}`, '-o', program, of]
  const made = await run('go', ['-C', inHouse('conformance/kubectl'), ...args], { longestMs: 900_000 }).catch(() => undefined)
  if (!made) return 'needs Go 1.26 or later (https://go.dev/dl)'
  return made.code === 0 ? undefined : `could not be built: ${made.stderr.trim().split('\n').at(-1)}`
}

/** Upstream's own reader of OpenAPI documents in protobuf. */
export const gnostic = {
  program: built('gnostic'),
  make: (): Promise<string | undefined> => build(built('gnostic'), './gnostic'),
}

/** Which minor version of Kubernetes a kubectl is of. */
export async function minorOf(program: string): Promise<number> {
  const { stdout } = await run(program, ['version', '--client', '--output', 'json'])
  return Number.parseInt((JSON.parse(stdout) as { clientVersion: { minor: string } }).clientVersion.minor, 10)
}

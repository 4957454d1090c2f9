import { readFile } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { legacySigner } from '#apiserver/authentication/legacy-token.ts'
import { firstIp } from '#apiserver/services/keeping.ts'
import { readKubeconfig } from '#client/kubeconfig.ts'
import { retrying } from '#client/retrying.ts'
import { httpsTransport } from '#client/transport.ts'
import { hostIp } from '#kubelet/node/host.ts'
import { realClock } from '#machinery/clock.ts'
import { together } from '#machinery/component.ts'
import { Authority } from './certificates.ts'
import { controllerManagerOf, type Ground, proxyOf, schedulerOf } from './components.ts'
import { accessAs, identities } from './identities.ts'
import { writeAdminKubeconfig } from './kubeconfig.ts'
import { type KubeletTlsFlags, readKubeletTls } from './kubelet-tls.ts'
import { stderrLog } from './log.ts'
import { NodeCertificate, type NodeWorld } from './node-certificate.ts'
import { makeNodes } from './nodes.ts'
import type { RuntimeChoice } from './options.ts'
import { chooseRuntime } from './runtimes.ts'
import { serve } from './serve.ts'
import { readFlagged } from './serving/files.ts'
import type { ServingFlags } from './serving/flags.ts'
import { readServices } from './serving/services.ts'
import { readPair } from './serving/tls.ts'
import { type Keeping, openStorage } from './storage.ts'
import { writable } from './writable.ts'

/** What every component that runs alone is told. */
export interface Common {
  readonly kubeconfig: string
  /** Whether to stand for election before it begins to work. */
  readonly leaderElect?: boolean
}

const world = (): NodeWorld => ({ clock: realClock, random: Math.random, log: stderrLog() })

const groundOf = async ({ kubeconfig, leaderElect = false }: Common): Promise<Ground> => ({
  ...world(),
  transport: retrying(httpsTransport(await readKubeconfig(kubeconfig)), realClock),
  candidate: leaderElect ? `${hostname()}_${process.pid}` : undefined,
})

export interface ControllerManagerFlags extends Common {
  readonly rootCaFile?: string
  readonly serviceAccountPrivateKeyFile?: string
  readonly clusterSigningCertFile?: string
  readonly clusterSigningKeyFile?: string
  /** In milliseconds. */
  readonly clusterSigningDuration: number
  /** In milliseconds. */
  readonly legacyServiceAccountTokenCleanUpPeriod: number
}

/** kube-controller-manager in a process of its own, against any API server. */
export async function runControllerManager(flags: ControllerManagerFlags, signal: AbortSignal): Promise<void> {
  const {
    kubeconfig,
    rootCaFile,
    serviceAccountPrivateKeyFile: tokenKeyFile,
    clusterSigningCertFile: certFile,
    clusterSigningKeyFile: keyFile,
    clusterSigningDuration: longestMs,
    legacyServiceAccountTokenCleanUpPeriod: legacyTokenPeriodMs,
  } = flags
  const rootCa = rootCaFile ? await readFile(rootCaFile, 'utf8') : ((await readKubeconfig(kubeconfig)).ca ?? '')
  if (!certFile !== !keyFile) throw new Error('--cluster-signing-cert-file and --cluster-signing-key-file go together')
  const pair = certFile && keyFile && (await readPair(certFile, keyFile, 'cluster-signing-cert-file', 'cluster-signing-key-file'))
  const signToken = tokenKeyFile && (await readFlagged('service-account-private-key-file', tokenKeyFile, legacySigner))
  const options = {
    rootCa,
    legacyTokenPeriodMs,
    ...(pair && { signing: { ...pair, longestMs } }),
    ...(signToken && { signToken }),
  }
  await together([controllerManagerOf(await groundOf(flags), options)], signal)
}

/** kube-scheduler in a process of its own. */
export const runScheduler = async (common: Common, signal: AbortSignal): Promise<void> =>
  together([schedulerOf(await groundOf(common))], signal)

/** kube-proxy in a process of its own, for the node of this machine. */
export const runProxy = async (common: Common & { readonly nodeName: string }, signal: AbortSignal): Promise<void> =>
  together([proxyOf(await groundOf(common), [common.nodeName])], signal)

export interface KubeletFlags extends Common, KubeletTlsFlags {
  /** By which it asks for a certificate as long as the kubeconfig has none; left out: it comes as the kubeconfig says. */
  readonly bootstrapKubeconfig?: string
  readonly nodeName: string
  readonly nodeIp?: string
  readonly podCidr: string
  readonly port: number
  readonly rootDir: string
  readonly runtime: RuntimeChoice
}

/** One kubelet in a process of its own. Its containers go on when it ends, as upstream's do. */
export async function runKubelet(flags: KubeletFlags, signal: AbortSignal): Promise<void> {
  const { kubeconfig, bootstrapKubeconfig, nodeName } = flags
  const around = world()
  const { clock, log } = around
  const certificate = bootstrapKubeconfig
    ? await NodeCertificate.open({ nodeName, kubeconfig, bootstrapKubeconfig }, around, signal)
    : undefined
  const transport = retrying(certificate?.transport ?? httpsTransport(await readKubeconfig(kubeconfig)), clock)
  const runtime = await chooseRuntime(flags.runtime, { clock, log })
  log.info(runtime.why)
  const seat = { name: nodeName, podCidr: flags.podCidr, directory: flags.rootDir }
  const ip = flags.nodeIp ?? hostIp()
  const nodes = await makeNodes([seat], {
    ...around,
    transportOf: () => transport,
    runtime,
    server: { host: '0.0.0.0', port: flags.port, ...(await readKubeletTls(flags, [nodeName, ip], transport, around)) },
    ip,
  })
  await together([...nodes.components, ...(certificate ? [certificate] : [])], signal)
}

export interface ApiServerFlags extends Keeping {
  readonly data: string
  readonly port: number
  readonly serving: ServingFlags
}

/** The API server in a process of its own, on a data directory as `up` has it. */
export async function runApiServer({ data, port, serving, ...keeping }: ApiServerFlags, signal: AbortSignal): Promise<void> {
  const log = stderrLog()
  const ip = serving.advertiseAddress ?? hostIp()
  await writable(data)
  const [authority, store] = await Promise.all([Authority.open(join(data, 'pki'), realClock), openStorage({ ...keeping, data })])
  const who = await identities(authority, {
    addresses: ip === '127.0.0.1' ? [] : [ip],
    serviceIp: firstIp(readServices(serving)),
  })
  const settled = { port, clock: realClock, random: Math.random, serving, ...keeping }
  const server = await serve({ settled, storage: store, who, ca: authority.cert, ip, isOpen: true, log }, signal)
  await writeAdminKubeconfig(data, accessAs(who.admin, server.port, authority.cert))
  log.info(`the API server listens on port ${server.port}`)
  await server.stopped
  await store.close()
}

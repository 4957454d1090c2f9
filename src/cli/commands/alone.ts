import { hostname } from 'node:os'
import { type Command, Option } from 'commander'
import type { ControllerManagerFlags, KubeletFlags } from '#cluster/alone.ts'
import type { ServingFlags } from '#cluster/serving/flags.ts'
import { withData } from './data.ts'
import { withServing } from './serving.ts'
import { keepingOf, type StorageFlags, withStorage } from './storage.ts'
import { durationMs, isTrue, path } from './values.ts'

/** The parts: loaded only by the process that runs one, as they are most of the program. */
type Parts = typeof import('#cluster/alone.ts')

/** `pinnace apiserver`, `controller-manager`, `scheduler`, `kubelet`, `proxy`: each part alone, flags named as upstream names them. */
export function alone(program: Command): void {
  withServing(withStorage(withData(program.command('apiserver'))))
    .description('the API server alone')
    .option('--secure-port <port>', 'listens here', Number, 6443)
    .action(({ data, securePort: port, ...flags }: ApiServerFlags) =>
      untilStopped((parts, signal) => parts.runApiServer({ data, port, ...keepingOf(flags), serving: flags }, signal)),
    )
  component(program, 'controller-manager', 'kube-controller-manager alone')
    .option('--leader-elect <bool>', 'stand for election first', isTrue, true)
    .option('--root-ca-file <file>', 'the CA that every namespace is told; default: that of the kubeconfig', path)
    .option('--service-account-private-key-file <file>', 'signs the tokens that lie in Secrets; default: nobody does', path)
    .option('--cluster-signing-cert-file <file>', 'the CA that signs certificates; default: nobody signs', path)
    .option('--cluster-signing-key-file <file>', 'and its key', path)
    .option('--cluster-signing-duration <duration>', 'no certificate lives longer', durationMs, 31_536_000_000)
    .option(
      '--legacy-service-account-token-clean-up-period <duration>',
      'for so long nobody has used a token in a Secret that is cleaned away',
      durationMs,
      31_536_000_000,
    )
    .action((flags: ControllerManagerFlags) => untilStopped((parts, signal) => parts.runControllerManager(flags, signal)))
  component(program, 'scheduler', 'kube-scheduler alone')
    .option('--leader-elect <bool>', 'stand for election first', isTrue, true)
    .action((flags: Parameters<Parts['runScheduler']>[0]) => untilStopped((parts, signal) => parts.runScheduler(flags, signal)))
  component(program, 'proxy', 'kube-proxy alone')
    .option('--hostname-override <name>', 'the node this is', hostname())
    .action(({ hostnameOverride, ...rest }: { kubeconfig: string; hostnameOverride: string }) =>
      untilStopped((parts, signal) => parts.runProxy({ ...rest, nodeName: hostnameOverride }, signal)),
    )
  component(program, 'kubelet', 'one node alone')
    .option('--bootstrap-kubeconfig <file>', 'asks for a certificate by it, and renews that; default: none is asked for', path)
    .option('--hostname-override <name>', 'the node this is', hostname())
    .option('--node-ip <ip>', "the node's address")
    .requiredOption('--pod-cidr <cidr>', "the addresses of the node's pods")
    .option('--port <port>', 'serves logs and exec here', Number, 10250)
    .option('--root-dir <dir>', "where the pods' files lie", path, '/var/lib/kubelet')
    .addOption(new Option('--runtime <name>').choices(['auto', 'docker', 'simulated']).default('auto'))
    .option('--tls-cert-file <file>', 'what the server shows', path)
    .option('--tls-private-key-file <file>', 'and its key', path)
    .option(
      '--rotate-server-certificates [bool]',
      'without these: the cluster is asked for them, and again in time',
      isTrue,
      false,
    )
    .option('--cert-dir <dir>', 'where they are kept then', path, '/var/lib/kubelet/pki')
    .requiredOption('--client-ca-file <file>', 'who signs the certificate of the API server', path)
    .action(({ hostnameOverride, ...rest }: Omit<KubeletFlags, 'nodeName'> & { hostnameOverride: string }) =>
      untilStopped((parts, signal) => parts.runKubelet({ ...rest, nodeName: hostnameOverride }, signal)),
    )
}

interface ApiServerFlags extends StorageFlags, ServingFlags {
  readonly data: string
  readonly securePort: number
}

const component = (program: Command, name: string, description: string): Command =>
  program.command(name).description(description).requiredOption('--kubeconfig <file>', 'the API server, and who comes', path)

/** Runs until the process is asked to end. */
async function untilStopped(run: (parts: Parts, signal: AbortSignal) => Promise<void>): Promise<void> {
  const stop = new AbortController()
  process.once('SIGINT', () => stop.abort()).once('SIGTERM', () => stop.abort())
  await run(await import('#cluster/alone.ts'), stop.signal)
}

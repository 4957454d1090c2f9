import type { Command } from 'commander'
import { collected, count, durationMs, ipAddress, isTrue, listed, path } from './values.ts'

/** Gives a command the flags of kube-apiserver that say how it serves: what it shows, whom it knows, and what they may. */
export function withServing(command: Command): Command {
  const file = (flag: string, what: string): Command => command.option(`--${flag} <file>`, what, path)
  const several = (flag: string, what: string): Command => command.option(`--${flag}`, what, listed)
  const repeated = (flag: string, what: string): Command => command.option(`--${flag}`, what, collected)

  command.option('--advertise-address <ip>', 'where others find the API server; default: the address of this machine', ipAddress)

  command.optionsGroup('TLS of the API server (files are read again when they change):')
  file('tls-cert-file', 'what it shows; default: a certificate of the cluster')
  file('tls-private-key-file', 'and its key')
  repeated('tls-sni-cert-key <cert,key[:names]>', 'shown to those who ask for these names; may be repeated')
  command.option('--tls-min-version <version>', 'VersionTLS12 or VersionTLS13')
  several('tls-cipher-suites <names>', "by IANA's names, comma separated")
  file('client-ca-file', "whose clients are taken, besides the cluster's own")

  command.optionsGroup('Kubelets:')
  file('kubelet-certificate-authority', 'what kubelets show must be signed by it, and for their address')
  file('kubelet-client-certificate', 'what they are shown; default: a certificate of the cluster')
  file('kubelet-client-key', 'and its key')

  command.optionsGroup('Audit:')
  file('audit-policy-file', 'what is written down of requests; default: nothing is')
  command.option('--audit-log-path <file>', 'where it is written, in lines of JSON; - is the standard output')
  command.option('--audit-log-maxsize <megabytes>', 'a file that has grown so large is put aside', Number)
  command.option('--audit-log-maxbackup <count>', 'how many of those are kept; default: all', Number)
  command.option('--audit-log-maxage <days>', 'and for how long; default: for ever', Number)
  command.option('--audit-log-compress', 'zip them')
  file('audit-webhook-config-file', 'a kubeconfig of the service that it is posted to')
  command.option('--audit-webhook-initial-backoff <duration>', 'before a post is tried again; default: 10s', durationMs)
  for (const [place, mode] of [
    ['log', 'blocking'],
    ['webhook', 'batch'],
  ] as const) {
    const flag = (name: string, what: string, read: (text: string) => unknown = count): Command =>
      command.option(`--audit-${place}-${name}`, what, read)
    flag('mode <mode>', `batch, blocking or blocking-strict; default: ${mode}`, String)
    flag('batch-buffer-size <count>', 'in batch mode so many events may wait; default: 10000')
    flag('batch-max-size <count>', 'and so many are written together')
    flag('batch-max-wait <duration>', 'or those that there are after this time; default: 30s', durationMs)
    flag('batch-throttle-enable [bool]', 'whether there is a limit to the batches a second', isTrue)
    flag('batch-throttle-qps <number>', 'which this is; default: 10', Number)
    flag('batch-throttle-burst <count>', 'and so many after a pause; default: 15')
    flag('truncate-enabled [bool]', 'whether what is large loses what was sent and answered', isTrue)
    flag('truncate-max-event-size <bytes>', 'what is large; default: 102400')
    flag('truncate-max-batch-size <bytes>', 'a larger batch is split; default: 10485760')
  }

  command.optionsGroup('Authentication:')
  command.option('--anonymous-auth <bool>', 'whether those may come who show nothing', isTrue)
  file(
    'authentication-config',
    'an AuthenticationConfiguration: providers of OpenID Connect, and where to be anonymous; read again',
  )
  command.option('--enable-bootstrap-token-auth <bool>', 'whether bootstrap tokens are taken', isTrue, true)
  file('authentication-token-webhook-config-file', 'a kubeconfig of the service that is asked whose a token is')
  command.option('--authentication-token-webhook-version <version>', 'of the TokenReview it is sent: v1 or v1beta1 (default)')
  command.option('--authentication-token-webhook-cache-ttl <duration>', 'how long its answers hold; default: 2m', durationMs)
  file('token-auth-file', 'CSV of token, user, uid and groups')
  several('api-audiences <names>', 'whom tokens must be meant for')
  repeated('service-account-issuer <name>', "the tokens' issuer; may be repeated: the first issues")
  repeated('service-account-key-file <file>', 'keys whose tokens are taken too; may be repeated')
  file('service-account-signing-key-file', 'the key that signs tokens; default: one of the cluster')
  command.option('--service-account-max-token-expiration <duration>', 'no token lives longer', durationMs)
  command.option(
    '--service-account-extend-token-expiration <bool>',
    "whether pods' tokens hold on when they should be replaced",
    isTrue,
  )
  file('requestheader-client-ca-file', 'signs the certificates of front proxies, who say who their clients are')
  several('requestheader-allowed-names <names>', 'the names their certificates may have; default: any')
  several('requestheader-username-headers <names>', 'default: X-Remote-User')
  several('requestheader-uid-headers <names>', 'none by default')
  several('requestheader-group-headers <names>', 'default: X-Remote-Group')
  several('requestheader-extra-headers-prefix <names>', 'default: X-Remote-Extra-')
  command.option('--oidc-issuer-url <url>', 'a provider of OpenID Connect whose tokens are taken')
  command.option('--oidc-client-id <id>', 'whom its tokens must be meant for')
  file('oidc-ca-file', 'who signs its certificate')
  command.option('--oidc-username-claim <name>', 'default: sub')
  command.option('--oidc-username-prefix <text>', 'default: the URL and #; - for none')
  command.option('--oidc-groups-claim <name>', 'where its tokens name groups')
  command.option('--oidc-groups-prefix <text>', 'what is written before them')
  several('oidc-signing-algs <names>', 'default: RS256')
  repeated('oidc-required-claim <key=value>', 'what its tokens must say; may be repeated')

  command.optionsGroup('Authorization and admission:')
  several('authorization-mode <names>', 'Node, RBAC, ABAC, Webhook, AlwaysAllow, AlwaysDeny, in this order; default: Node,RBAC')
  file('authorization-config', 'an AuthorizationConfiguration, instead of modes; read again when it changes')
  file('authorization-policy-file', 'the policies of ABAC, one JSON object a line')
  file('authorization-webhook-config-file', 'a kubeconfig that says where the webhook is')
  command.option('--authorization-webhook-version <version>', 'of the SubjectAccessReview it is sent: v1 or v1beta1')
  command.option('--authorization-webhook-cache-authorized-ttl <duration>', 'how long its yes holds; default: 5m', durationMs)
  command.option('--authorization-webhook-cache-unauthorized-ttl <duration>', 'how long its no holds; default: 30s', durationMs)
  several('enable-admission-plugins <names>', "besides those that are on by upstream's default, and NodeRestriction")
  several('disable-admission-plugins <names>', 'of those that are on by default')
  file('admission-control-config-file', 'an AdmissionConfiguration: what single plugins are told')

  command.optionsGroup('Services:')
  several('service-cluster-ip-range <cidrs>', 'where their addresses come from, one range of each family; default: 10.96.0.0/16')
  command.option('--service-node-port-range <first-last>', 'and their ports on all nodes; default: 30000-32767')

  command.optionsGroup('Limits:')
  command.option('--request-timeout <duration>', 'how long a request may take; default: 1m', durationMs)
  command.option(
    '--min-request-timeout <seconds>',
    'how long a watch lasts at least that says nothing of it; default: 1800',
    count,
  )
  command.option(
    '--goaway-chance <fraction>',
    'of requests, to 0.02, that are asked to come over another connection next',
    Number,
  )
  command.option('--shutdown-delay-duration <duration>', 'goes on so long when told to stop, and /readyz says so', durationMs)

  command.optionsGroup('Priority and fairness:')
  command.option(
    '--enable-priority-and-fairness <bool>',
    'whether requests wait for their turn when there are too many',
    isTrue,
    true,
  )
  command.option(
    '--max-requests-inflight <count>',
    'together with the next: how many are served at once; without priorities: of those that look; default: 400',
    count,
  )
  command.option(
    '--max-mutating-requests-inflight <count>',
    'without priorities: of those that change something; default: 200',
    count,
  )
  return command.optionsGroup('Options:')
}

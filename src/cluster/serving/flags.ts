import type { AdmissionFlags } from './admission.ts'
import type { AuditFlags } from './audit.ts'
import type { AuthenticationFlags } from './authentication.ts'
import type { AuthorizationFlags } from './authorization.ts'
import type { FlowControlFlags } from './flow-control.ts'
import type { KubeletFlags } from './kubelets.ts'
import type { LimitFlags } from './limits.ts'
import type { ServiceFlags } from './services.ts'
import type { TlsFlags } from './tls.ts'

/** How the API server is to serve: upstream's flags, by upstream's names. What is left out is as the cluster needs it. */
export interface ServingFlags
  extends TlsFlags,
    AuthenticationFlags,
    AuthorizationFlags,
    AdmissionFlags,
    AuditFlags,
    FlowControlFlags,
    ServiceFlags,
    KubeletFlags,
    LimitFlags {
  /** Where others find the API server; left out: at the address of this machine. */
  readonly advertiseAddress?: string
}

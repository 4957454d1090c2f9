import { type ApiServer, startApiServer } from '#apiserver/api-server.ts'
import type { TlsMaterial } from '#apiserver/wire/tls.ts'
import type { Log } from '#machinery/log.ts'
import { resources } from '#resources/index.ts'
import type { Storage } from '#storage/storage.ts'
import { openFacts } from './facts.ts'
import type { Identities } from './identities.ts'
import { network } from './network.ts'
import type { Settled } from './options.ts'
import { readAdmission } from './serving/admission.ts'
import { authenticationChanges, readAuthentication } from './serving/authentication.ts'
import { authorizationChanges, readAuthorization } from './serving/authorization.ts'
import { changesOf } from './serving/files.ts'
import { readSeats } from './serving/flow-control.ts'
import { readKubeletAccess } from './serving/kubelets.ts'
import { readLimits } from './serving/limits.ts'
import { readServices } from './serving/services.ts'
import { hasFiles, readTls } from './serving/tls.ts'
import { isShared, type Keeping } from './storage.ts'

/** What an API server is given by its cluster. */
export interface ServeGround {
  readonly settled: Pick<Settled, 'port' | 'clock' | 'random' | 'serving' | keyof Keeping>
  readonly storage: Storage
  readonly who: Pick<Identities, 'apiServer' | 'apiServerToKubelet' | 'tokenKey'>
  readonly ca: string
  /** Where this machine is reached from elsewhere; 127.0.0.1, if it is not. */
  readonly ip: string
  /** Whether others than this machine's own processes may connect: pods come from a network of their own. */
  readonly isOpen: boolean
  readonly log: Log
}

/** Starts the API server with every kind there is. Throws in plain words where somebody else listens on its port. */
export async function serve(
  { settled, storage, who, ca, ip, isOpen, log }: ServeGround,
  signal: AbortSignal,
): Promise<ApiServer> {
  const { port, clock, random, historyMs, encryptionFile, serving } = settled
  // What is not used is not loaded.
  const locks = encryptionFile === undefined ? undefined : await (await import('./encryption.ts')).readEncryption(encryptionFile)
  const audited = async () => (await import('./serving/audit.ts')).openAudit(serving, { clock, log }, signal)
  const material = (): Promise<TlsMaterial> => readTls(serving, { ...who.apiServer, clientCa: ca })
  const failed = (error: unknown): void => log.error('the files of TLS cannot be taken', { error: String(error) })
  const [tls, auditor, authorization, admission, authentication, kubelets] = await Promise.all([
    material(),
    serving.auditPolicyFile ? audited() : undefined,
    readAuthorization(serving),
    readAdmission(serving),
    readAuthentication(serving, { issuer: `https://kubernetes.default.svc.${network.domain}`, tokenKey: who.tokenKey }),
    readKubeletAccess(serving, { ...who.apiServerToKubelet, ca }),
  ])
  const changing = {
    authenticationChanges: authenticationChanges(serving, authentication, { clock, log }),
    authorizationChanges: authorizationChanges(serving, authorization ?? [], { clock, log }),
  }
  const server = startApiServer(
    {
      storage,
      resources,
      facts: openFacts(),
      listening: {
        host: isOpen ? '0.0.0.0' : '127.0.0.1',
        port,
        tls,
        ...(hasFiles(serving) && { tlsChanges: signal => changesOf(material, { clock, failed }, signal) }),
      },
      services: readServices(serving),
      address: ip === '127.0.0.1' ? undefined : ip,
      authentication,
      ...(authorization && { authorization }),
      ...changing,
      admission,
      auditor,
      seats: readSeats(serving),
      limits: readLimits(serving),
      kubelets,
      clock,
      random,
      log,
      historyMs,
      isShared: isShared(settled.storage),
      locks,
    },
    signal,
  )
  return server.catch((error: NodeJS.ErrnoException) => {
    throw error.code === 'EADDRINUSE' ? new Error(`port ${port} is in use`, { cause: error }) : error
  })
}

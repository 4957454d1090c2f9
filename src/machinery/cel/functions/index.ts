import { functionsOf } from '#machinery/cel/overload.ts'
import { authorizer } from './authorizer.ts'
import { format } from './format.ts'
import { gathering, lists } from './lists.ts'
import { namedFormats } from './named-formats.ts'
import { network } from './network.ts'
import { operators } from './operators.ts'
import { optionals } from './optionals.ts'
import { quantity } from './quantity.ts'
import { regex } from './regex.ts'
import { semver } from './semver.ts'
import { standard } from './standard.ts'
import { strings } from './strings.ts'
import { times } from './times.ts'
import { urls } from './urls.ts'

/** Every function that Kubernetes' expressions may call. */
export const functions = functionsOf([
  ...operators,
  ...standard,
  ...times,
  ...strings,
  ...lists,
  ...gathering,
  ...regex,
  ...optionals,
  ...format,
  ...quantity,
  ...network,
  ...urls,
  ...semver,
  ...namedFormats,
  ...authorizer,
])

import { functionsOf } from '#machinery/cel/overload.ts'
import { authorizer } from './authorizer.ts'
import { gathering, lists } from './lists.ts'
import { operators } from './operators.ts'
import { optionals } from './optionals.ts'
import { quantity } from './quantity.ts'
import { regex } from './regex.ts'
import { standard } from './standard.ts'
import { strings } from './strings.ts'
import { times } from './times.ts'

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
  ...quantity,
  ...authorizer,
])

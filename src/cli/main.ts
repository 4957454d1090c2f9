#!/usr/bin/env node
import { enableCompileCache } from 'node:module'

// Before anything else is loaded: a second start then finds every module compiled.
enableCompileCache()
const { main } = await import('./program.ts')
await main()

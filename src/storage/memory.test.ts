import { contract } from './contract.ts'
import { openMemory } from './memory.ts'

contract('memory', async () => openMemory())

import assert from 'node:assert/strict'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { clusterForSuite } from './cluster.ts'
import { sender } from './https.ts'
import { gnostic, kubectls } from './kubectls.ts'
import { run } from './program.ts'
import type { Ask } from './surface/cell.ts'
import { discovered } from './surface/discovered.ts'

/** The one reads version 2 in protobuf, the other version 3 in JSON. */
const oldestAndNewest = (await kubectls()).filter((_, at, all) => at === 0 || at === all.length - 1)

describe('the OpenAPI documents', function () {
  this.timeout(900_000)
  const kubectl = clusterForSuite({ runtime: 'simulated' })
  let ask: Ask
  before(async () => {
    ask = await sender(kubectl())
  })

  it('say in protobuf what gnostic, whose messages they are, makes of them in JSON', async function () {
    const problem = await gnostic.make()
    if (problem) {
      console.log(`      skipped: ${problem}`)
      this.skip()
    }
    const folder = await mkdtemp(join(tmpdir(), 'pinnace-openapi-'))
    const { paths } = (await ask('/openapi/v3')).json<{ paths: Record<string, unknown> }>()
    for (const path of ['v2', ...Object.keys(paths).map(each => `v3/${each}`)]) {
      const version = path.slice(0, 2)
      const accept = `application/com.github.proto-openapi.spec.${version}@v1.0+protobuf`
      const files = [join(folder, 'protobuf'), join(folder, 'json')] as const
      await writeFile(files[0], (await ask(`/openapi/${path}`, { headers: { accept } })).bytes)
      await writeFile(files[1], (await ask(`/openapi/${path}`)).bytes)
      const { code, stderr } = await run(gnostic.program, [version, ...files])
      assert.equal(code, 0, `${path}: ${stderr}`)
    }
    await rm(folder, { recursive: true })
  })

  for (const version of oldestAndNewest)
    it(`explain every kind, with all its fields, to ${version.name}`, async function () {
      const problem = await version.make?.()
      if (problem) {
        console.log(`      skipped: ${problem}`)
        this.skip()
      }
      const reader = kubectl().by(version.program)
      const all = (await discovered(ask)).filter(({ name }) => !name.includes('/'))
      const left = all.values()
      const work = async (): Promise<void> => {
        for (const { name, groupVersion, kind } of left) {
          const text = await reader.ok(`explain ${name} --recursive --api-version=${groupVersion}`)
          assert.match(text, new RegExp(`^KIND: +${kind}$`, 'm'), name)
          for (const part of [/^DESCRIPTION:\n +(?!<empty>)\S/m, /^ +apiVersion\t<string>$/m, /^ +metadata\t<Object(Meta)?>/m])
            assert.match(text, part, name)
        }
      }
      await Promise.all([work(), work()])
      assert.ok(all.length > 60, `${all.length} kinds`)
    })
})

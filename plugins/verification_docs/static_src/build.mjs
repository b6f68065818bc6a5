// The age library in, one classic script out, with its digest and the licences of what is inside.
import { createHash } from 'node:crypto'
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const out = process.argv[2]
const made = buildSync({
  entryPoints: ['age.mjs'],
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'age',
  target: 'es2022',
  write: false,
  legalComments: 'none',
  metafile: true,
  banner: { js: '/* age-encryption 0.3.1, built by static_src/build.sh; licences in licenses/. */' }
})
const text = made.outputFiles[0].contents
mkdirSync(join(out, 'licenses'), { recursive: true })
writeFileSync(join(out, 'age.js'), text)
writeFileSync(join(out, 'age.integrity.txt'), `sha256-${createHash('sha256').update(text).digest('base64')}\n`)
const inside = new Set(Object.keys(made.metafile.inputs)
  .map(path => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean))
for (const name of inside) {
  cpSync(`node_modules/${name}/LICENSE`, join(out, 'licenses', `${name.replace('@', '').replace('/', '-')}.txt`))
}
console.log('age.js', text.length, [...inside].join(' '))

// The modules here and the libraries they use in, one classic script out, with its digest and the licences inside.
import { createHash } from 'node:crypto'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync } from 'esbuild'

const out = process.argv[2]
// The digest of the sources stands in the output, so that a test sees when one was changed and not built.
const sources = createHash('sha256')
for (const name of readdirSync('.').filter(name => name.endsWith('.mjs')).sort()) sources.update(readFileSync(name))
const made = buildSync({
  entryPoints: ['voice.mjs'],
  bundle: true,
  minify: true,
  format: 'iife',
  globalName: 'voice',
  target: 'es2022',
  write: false,
  legalComments: 'none',
  metafile: true,
  banner: {
    js: `/* Built by static_src/build.sh from sources ${sources.digest('hex')}; licences in licenses/. */`
  }
})
const text = made.outputFiles[0].contents
mkdirSync(join(out, 'licenses'), { recursive: true })
writeFileSync(join(out, 'voice.js'), text)
writeFileSync(join(out, 'voice.integrity.txt'), `sha256-${createHash('sha256').update(text).digest('base64')}\n`)
const inside = new Set(Object.keys(made.metafile.inputs)
  .map(path => path.match(/^node_modules\/((?:@[^/]+\/)?[^/]+)\//)?.[1]).filter(Boolean))
// blindrsa-ts carries SJCL's big numbers as a copy of its own.
inside.add('sjcl')
for (const name of inside) {
  const from = ['LICENSE', 'LICENSE.txt'].map(file => `node_modules/${name}/${file}`).find(existsSync)
  if (!from) throw new Error(`no licence of ${name}`)
  cpSync(from, join(out, 'licenses', `${name.replace('@', '').replace('/', '-')}.txt`))
}
console.log('voice.js', text.length, [...inside].join(' '))

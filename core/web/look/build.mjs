// Sass and JavaScript sources in, the files of core/static out.
import { gzipSync } from 'node:zlib'
import { cpSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { buildSync, transformSync } from 'esbuild'
import { compile } from 'sass'

const out = process.argv[2]
const quiet = { silenceDeprecations: ['import', 'global-builtin', 'color-functions', 'if-function'], quietDeps: true }

// Bootstrap writes left and right; logical properties serve both directions of writing from one file.
const LOGICAL = [
  [/\b(margin|padding)-left\b/g, '$1-inline-start'],
  [/\b(margin|padding)-right\b/g, '$1-inline-end'],
  [/\bborder-left\b/g, 'border-inline-start'],
  [/\bborder-right\b/g, 'border-inline-end'],
  [/\btext-align:\s*left\b/g, 'text-align:start'],
  [/\btext-align:\s*right\b/g, 'text-align:end'],
  [/\bfloat:\s*left\b/g, 'float:inline-start'],
  [/\bfloat:\s*right\b/g, 'float:inline-end'],
  [/([{;\s])left:/g, '$1inset-inline-start:'],
  [/([{;\s])right:/g, '$1inset-inline-end:']
]

// data-bs-theme="auto" follows the system without a script: repeat each dark rule in a media query.
function mirrorDark (css) {
  const rules = [...css.matchAll(/([^{}]*\[data-bs-theme=dark\][^{}]*)\{([^{}]*)\}/g)]
  const auto = rules.map(([, selector, body]) =>
    `${selector.trim().replaceAll('[data-bs-theme=dark]', '[data-bs-theme=auto]')}{${body}}`)
  return `${css}\n@media (prefers-color-scheme:dark){${auto.join('')}}`
}

function styles () {
  const theme = LOGICAL.reduce((css, [from, to]) => css.replace(from, to),
    compile('theme.scss', { loadPaths: ['node_modules'], ...quiet }).css)
  const own = compile('parts.scss', quiet).css
  const all = mirrorDark(`${theme}\n${own}`.replace(/^@charset.*$/gm, ''))
  return transformSync(all, { loader: 'css', minify: true, target: ['chrome111', 'firefox110', 'safari15.4'] }).code
}

function script () {
  const made = buildSync({
    entryPoints: ['app.mjs'], bundle: true, minify: true, format: 'esm', target: 'es2020', write: false, legalComments: 'none'
  })
  return made.outputFiles[0].text
}

function sprite () {
  const names = readFileSync('icons.txt', 'utf8').split(/\s+/).filter(Boolean).sort()
  const symbols = names.map(name => {
    const svg = readFileSync(`node_modules/bootstrap-icons/icons/${name}.svg`, 'utf8')
    const inner = svg.match(/<svg[^>]*>([\s\S]*)<\/svg>/)[1].replace(/\s*\n\s*/g, '')
    return `<symbol id="${name}" viewBox="0 0 16 16">${inner}</symbol>`
  })
  return `<svg xmlns="http://www.w3.org/2000/svg">\n${symbols.join('\n')}\n</svg>\n`
}

const head = '/* Built from core/web/look; licences in licenses/. */\n'
mkdirSync(join(out, 'licenses'), { recursive: true })
for (const [name, text] of [['app.css', head + styles()], ['app.js', head + script()], ['icons.svg', sprite()]]) {
  writeFileSync(join(out, name), text)
  console.log(name, text.length, 'gz', gzipSync(text, { level: 9 }).length)
}
for (const name of ['favicon.svg', 'street.svg', 'notes.svg', 'recipes.svg', 'homework.svg']) cpSync(name, join(out, name))
for (const name of ['bootstrap', 'bootstrap-icons']) cpSync(`node_modules/${name}/LICENSE`, join(out, 'licenses', `${name}.txt`))
cpSync('govuk-frontend-licence.txt', join(out, 'licenses', 'govuk-frontend.txt'))

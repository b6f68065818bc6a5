// The reviewer's room. Its pages follow one another without a reload, so that the opened key can stay in the memory
// of this tab and need not be written down anywhere. Without this script they are ordinary pages.
import * as keyring from './keyring.js'
import { enlivenKeyPage } from './key_page.js'
import { enlivenBar, showBar, watchTheClock } from './lock.js'
import { enlivenPapers, keyChanged } from './papers.js'
import { sealAnew } from './resealing.js'
import { enlivenKeys, listenForKeys } from './shortcuts.js'
import { enlivenTexts, textsChanged } from './texts.js'
import { say } from './words.js'

const isOurs = address => address.origin === window.location.origin && /^\/review(\/|$)/.test(address.pathname)
const here = () => window.location.pathname + window.location.search
let shown = here()
let isUnderWay = false

/** Give a page that has just come its behaviours. */
function enliven (main) {
  for (const part of main.querySelectorAll('[data-needs-script]')) part.hidden = true
  for (const part of main.querySelectorAll('[data-script-only]')) part.hidden = false
  enlivenBar(main)
  showBar()
  enlivenPapers(main)
  enlivenTexts(main)
  enlivenKeyPage(main)
  enlivenKeys(main)
  if (window.location.pathname === '/review') sealAnew()
}

/** Fetch an address of the room and put its main part in place of ours. */
async function go (address, options = {}, { isBack = false } = {}) {
  if (isUnderWay) return
  isUnderWay = true
  document.querySelector('main').setAttribute('aria-busy', 'true')
  try {
    const answer = await fetch(address, { ...options, headers: { Accept: 'text/html' } })
    const page = new DOMParser().parseFromString(await answer.text(), 'text/html')
    const main = page.querySelector('main')
    // Led out of the room (to sign in, say), or to a page with scripts of its own: then a real visit.
    if (!main || !isOurs(new URL(answer.url)) || hasMoreScripts(page)) return window.location.assign(answer.url)
    // A form that was not taken (422) has no page of its own that could be visited again.
    const isPage = answer.redirected || options.method !== 'POST'
    if (isPage && answer.url !== window.location.href && !isBack) history.pushState(null, '', answer.url)
    shown = here()
    replace(page, main)
  } catch {
    notice(say('lineLost'))
  } finally {
    isUnderWay = false
    document.querySelector('main').removeAttribute('aria-busy')
  }
}

const scripts = page => [...page.querySelectorAll('script[src]')].map(script => script.getAttribute('src'))
const hasMoreScripts = page => { const known = scripts(document); return scripts(page).some(src => !known.includes(src)) }

function replace (page, main) {
  document.title = page.title
  document.querySelector('main').replaceWith(main)
  const back = document.querySelector('.bw-look [name=back]')
  if (back) back.value = here()
  enliven(main)
  window.scrollTo(0, 0)
  const first = main.querySelector('.bw-summary') ?? main
  // The line with 999 stands above both, and must not slide under the top bar.
  first.focus({ preventScroll: true })
}

function notice (sentence) {
  const line = document.createElement('p')
  line.className = 'bw-notice danger'
  line.setAttribute('role', 'alert')
  line.textContent = sentence
  document.querySelector('main').prepend(line)
  line.scrollIntoView({ block: 'center' })
}

document.addEventListener('click', event => {
  const link = event.target.closest?.('a[href]')
  if (!link || event.defaultPrevented || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return
  const address = new URL(link.href)
  if (!isOurs(address) || link.hasAttribute('download') || link.target || address.pathname.endsWith('.age')) return
  if (address.hash && address.pathname + address.search === here()) return
  event.preventDefault()
  go(address)
})

document.addEventListener('submit', event => {
  const form = event.target
  const isOwn = form.dataset.own !== undefined || form.dataset.uploadProgress !== undefined
  if (event.defaultPrevented || isOwn || !isOurs(new URL(form.action)) || form.enctype.startsWith('multipart')) return
  event.preventDefault()
  const typed = new URLSearchParams(new FormData(form, event.submitter))
  if (form.method === 'get') return go(new URL(`?${typed}`, form.action))
  go(form.action, { method: 'POST', body: typed })
}, true)

document.addEventListener('room:back', () => {
  if (here() !== shown) go(window.location.href, {}, { isBack: true })
})
keyring.changes.addEventListener('change', () => { keyChanged(); textsChanged(); sealAnew() })
document.addEventListener('room:go', event => go(event.detail))
watchTheClock()
listenForKeys()
enliven(document.querySelector('main'))

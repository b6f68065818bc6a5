// The bar that says whether the key is open, the form that opens it, and all that locks it again.
import * as keyring from './keyring.js'
import * as passkeys from './passkeys.js'
import { about, say } from './words.js'

const IDLE_MS = 15 * 60 * 1000
const HIDDEN_MS = 5 * 60 * 1000
let idle = 0
let hidden = 0
let usedAt = Date.now()
let hiddenAt = 0

/** Let the browser draw before work that holds it up for seconds. */
export const drawn = () => new Promise(resolve => requestAnimationFrame(() => setTimeout(resolve, 30)))

/** Lock the key by itself when nobody uses this tab, when it is out of sight for long, and when it is left. */
export function watchTheClock () {
  const restart = () => { usedAt = Date.now(); clearTimeout(idle); idle = setTimeout(keyring.lock, IDLE_MS) }
  // A device that slept did not count: so the clock on the wall is asked as well.
  const used = () => { if (Date.now() - usedAt > IDLE_MS) keyring.lock(); restart() }
  for (const kind of ['pointerdown', 'keydown', 'wheel', 'touchstart']) {
    document.addEventListener(kind, used, { passive: true, capture: true })
  }
  document.addEventListener('visibilitychange', () => {
    clearTimeout(hidden)
    if (document.hidden) {
      hiddenAt = Date.now()
      hidden = setTimeout(keyring.lock, HIDDEN_MS)
    } else if (Date.now() - hiddenAt > HIDDEN_MS) keyring.lock()
  })
  window.addEventListener('pagehide', keyring.lock)
  keyring.changes.addEventListener('change', () => { restart(); showBar() })
}

/** Show in the bar what is the case, and let its form and button work. */
export async function showBar () {
  const bar = document.querySelector('[data-lock]')
  if (!bar) return
  const record = await keyring.onDevice(about('code'))
  const state = keyring.isOpen() ? 'open' : record ? 'locked' : 'none'
  for (const part of bar.querySelectorAll('[data-when]')) part.hidden = part.dataset.when !== state
  const withPasskey = bar.querySelector('[data-passkey]')
  if (withPasskey) withPasskey.hidden = !record?.passkey
  bar.hidden = false
  bar.dataset.state = state
}

/** Make the parts of a bar that has just come with its page do something. */
export function enlivenBar (main) {
  const bar = main.querySelector('[data-lock]')
  if (!bar) return
  bar.querySelector('form')?.addEventListener('submit', event => { event.preventDefault(); event.stopPropagation(); openWithPassphrase(bar) })
  bar.querySelector('[data-passkey]')?.addEventListener('click', () => openWithPasskey(bar))
  bar.querySelector('[data-lock-now]')?.addEventListener('click', () => { keyring.lock(); bar.querySelector('input')?.focus() })
}

async function openWithPassphrase (bar) {
  const field = bar.querySelector('input')
  const record = await keyring.onDevice(about('code'))
  if (!record) return showBar()
  if (!field.value) return tell(bar, say('emptyPassphrase'), field)
  tell(bar, say('opening'))
  await drawn()
  try {
    const key = await keyring.unlockedWith(record.locked, field.value)
    field.value = ''
    tell(bar, '')
    await keyring.open(key)
  } catch (problem) {
    tell(bar, say(problem instanceof keyring.WrongPassphrase ? 'wrongPassphrase' : 'brokenKey'), field)
  }
}

async function openWithPasskey (bar) {
  const record = await keyring.onDevice(about('code'))
  try {
    await keyring.open(await passkeys.unlocked(record.passkey))
    tell(bar, '')
  } catch {
    tell(bar, say('passkeyFailed'), bar.querySelector('input'))
  }
}

function tell (bar, sentence, field) {
  const line = bar.querySelector('[data-said]')
  line.textContent = sentence
  line.hidden = !sentence
  line.classList.toggle('bw-error', Boolean(field))
  if (!field) return
  field.setAttribute('aria-invalid', 'true')
  field.focus()
  field.select()
}

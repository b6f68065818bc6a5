// The page /review/key: make a key, load it from a file, keep it on this device, or take it away from here.
import * as keyring from './keyring.js'
import { drawn } from './lock.js'
import * as passkeys from './passkeys.js'
import { about, say } from './words.js'

const FILE_NAME = 'review-key.age'
const MANY_BYTES = 20000
let lastFile = ''

class Refused extends Error {}

/** Give the page its behaviours; on other pages nothing happens. */
export function enlivenKeyPage (main) {
  const page = main.querySelector('[data-key-page]')
  if (!page) return
  const make = page.querySelector('[data-make]')
  const load = page.querySelector('[data-load]')
  make.addEventListener('submit', event => { event.preventDefault(); makeKey(page, make) })
  load.addEventListener('submit', event => { event.preventDefault(); loadKey(page, load) })
  make.querySelector('[data-first]').addEventListener('input', event => showStrength(make, event.target.value))
  page.querySelector('[data-download]').addEventListener('click', () => download(page))
  page.querySelector('[data-forget]').addEventListener('click', () => forget(page))
  page.querySelector('[data-add-passkey]').addEventListener('submit', event => { event.preventDefault(); addPasskey(page, event.target) })
  showDevice(page)
}

async function showDevice (page) {
  const record = await keyring.onDevice(about('code'))
  const known = page.dataset.recipient
  const state = !record ? 'none' : record.recipient === known ? 'same' : 'other'
  for (const part of page.querySelectorAll('[data-device]')) part.hidden = !part.dataset.device.split(' ').includes(state)
  const isOffered = passkeys.isPossible() && state === 'same'
  page.querySelector('[data-add-passkey]').hidden = !isOffered || Boolean(record.passkey)
  page.querySelector('[data-has-passkey]').hidden = !isOffered || !record.passkey
  page.querySelector('[data-insecure]').hidden = window.isSecureContext
  page.querySelector('[data-fold=load]').open = Boolean(known) && state !== 'same'
}

async function makeKey (page, form) {
  const [first, second] = ['first', 'second'].map(name => form.querySelector(`[data-${name}]`))
  clear(form)
  if (first.value.length < keyring.SHORTEST) return wrong(first, say('tooShort', { n: keyring.SHORTEST }))
  if (strength(first.value) === 'weak') return wrong(first, say('tooWeak'))
  if (first.value !== second.value) return wrong(second, say('notTheSame'))
  await work(form, async () => {
    const key = await keyring.make()
    const locked = await keyring.lockedWith(key.identity, first.value)
    await settle(page, key, locked)
    first.value = second.value = ''
    showStrength(form, '')
  })
}

async function loadKey (page, form) {
  const [file, passphrase] = ['file', 'passphrase'].map(name => form.querySelector(`[data-${name}]`))
  clear(form)
  if (!file.files.length || file.files[0].size > MANY_BYTES) return wrong(file, say('chooseFile'))
  if (!passphrase.value) return wrong(passphrase, say('emptyPassphrase'))
  const locked = new Uint8Array(await file.files[0].arrayBuffer())
  await work(form, async () => {
    try {
      await settle(page, await keyring.unlockedWith(locked, passphrase.value), locked)
      passphrase.value = file.value = ''
    } catch (problem) {
      if (problem instanceof keyring.WrongPassphrase) return wrong(passphrase, say('wrongPassphrase'))
      if (problem instanceof keyring.NoKeyInFile) return wrong(file, say('noKeyInFile'))
      throw problem
    }
  })
}

/** Prove to the server that the key opens what is sealed to it, keep it locked on this device, and open it here. */
async function settle (page, key, locked) {
  const asked = await post('/review/key/challenge', { recipient: key.recipient })
  const sealed = Uint8Array.from(atob(asked.sealed), letter => letter.charCodeAt(0))
  await keyring.open(key)
  const secret = new TextDecoder().decode(await keyring.unseal(sealed))
  const { recipient } = await post('/review/key', { token: asked.token, secret }).catch(problem => { keyring.lock(); throw problem })
  await keyring.keep(about('code'), { recipient, locked })
  document.dispatchEvent(new CustomEvent('room:go', { detail: '/review/key?done=yes' }))
}

async function post (address, values) {
  const body = new URLSearchParams({ ...values, csrf_token: about('csrf') })
  const answer = await fetch(address, { method: 'POST', body })
  if (answer.redirected) { window.location.reload(); throw new Refused(say('signInAgain')) }
  const told = await answer.json().catch(() => ({}))
  if (!answer.ok) throw new Refused(told.sentence ?? say('pageNotSent'))
  return told
}

async function download (page) {
  const record = await keyring.onDevice(about('code'))
  if (!record) return showDevice(page)
  if (lastFile) URL.revokeObjectURL(lastFile)
  lastFile = URL.createObjectURL(new Blob([record.locked], { type: 'application/octet-stream' }))
  const link = document.createElement('a')
  link.href = lastFile
  link.download = FILE_NAME
  link.click()
}

async function forget (page) {
  const button = page.querySelector('[data-forget]')
  if (!button.dataset.asked) {
    // Two presses: the first says what the second does.
    button.dataset.asked = 'yes'
    button.textContent = say('reallyForget')
    return
  }
  await keyring.forget(about('code'))
  keyring.lock()
  document.dispatchEvent(new CustomEvent('room:go', { detail: '/review/key' }))
}

async function addPasskey (page, form) {
  const field = form.querySelector('[data-passphrase]')
  clear(form)
  if (!field.value) return wrong(field, say('emptyPassphrase'))
  const record = await keyring.onDevice(about('code'))
  await work(form, async () => {
    try {
      const key = await keyring.unlockedWith(record.locked, field.value)
      field.value = ''
      await keyring.keep(about('code'), { ...record, passkey: await passkeys.locked(key.identity, say('passkeyName', { code: about('code') })) })
    } catch (problem) {
      if (problem instanceof keyring.WrongPassphrase) return wrong(field, say('wrongPassphrase'))
      throw new Refused(say('passkeyRefused'))
    }
    await showDevice(page)
    page.querySelector('[data-has-passkey]').focus()
  })
}

/** Do what takes seconds: say so, let nobody press twice, and put a failure into words. */
async function work (form, act) {
  const button = form.querySelector('[type=submit]')
  const said = form.querySelector('[data-said]')
  button.disabled = true
  said.classList.remove('bw-error')
  said.textContent = say('working')
  await drawn()
  try {
    await act()
    said.textContent = ''
  } catch (problem) {
    said.classList.add('bw-error')
    said.textContent = problem instanceof Refused ? problem.message : say('lineLost')
  } finally {
    button.disabled = false
  }
}

function wrong (field, sentence) {
  const line = document.createElement('p')
  line.className = 'bw-error'
  line.id = `${field.id}-error`
  line.textContent = sentence
  field.before(line)
  field.classList.add('is-invalid')
  field.setAttribute('aria-invalid', 'true')
  field.setAttribute('aria-describedby', `${field.dataset.hint ?? ''} ${line.id}`.trim())
  field.closest('form').querySelector('[data-said]').textContent = ''
  field.focus()
}

function clear (form) {
  for (const line of form.querySelectorAll('.bw-field .bw-error')) line.remove()
  for (const field of form.querySelectorAll('[aria-invalid]')) {
    field.removeAttribute('aria-invalid')
    field.classList.remove('is-invalid')
  }
}

/** weak, fair or strong: by length and by how many different letters, for a guesser tries the short and dull first. */
export function strength (text) {
  const different = new Set(text.toLowerCase()).size
  if (text.length < keyring.SHORTEST || different < 6) return 'weak'
  return text.length >= 20 && different >= 9 ? 'strong' : 'fair'
}

function showStrength (form, text) {
  const line = form.querySelector('[data-strength]')
  line.textContent = text ? say(strength(text)) : ''
}

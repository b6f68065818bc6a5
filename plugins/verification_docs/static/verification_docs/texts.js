// Sealed texts: short ones that stand in the page itself, as base64. They are shown while the key is open, and what
// stood in their place (a link to the sealed file) comes back when it is locked.
import * as keyring from './keyring.js'

/** Show the sealed texts of a page that has just come, if the key is open, and let its print button print. */
export function enlivenTexts (main) {
  for (const holder of main.querySelectorAll('[data-sealed-text]')) show(holder)
  // On a page that was loaded as a whole the site's own script has done this already.
  for (const button of main.querySelectorAll('[data-print][hidden]')) {
    button.hidden = false
    button.addEventListener('click', () => window.print())
  }
}

/** The key was opened or locked. */
export function textsChanged () {
  for (const holder of document.querySelectorAll('[data-sealed-text]')) show(holder)
}

async function show (holder) {
  holder.querySelector('[data-opened]')?.remove()
  for (const other of holder.children) other.hidden = false
  if (!keyring.isOpen()) return
  const [text, isOpened] = await opened(holder)
  // The key may have been locked, or the page left, meanwhile.
  if (!keyring.isOpen() || !holder.isConnected || holder.querySelector('[data-opened]')) return
  const line = document.createElement('div')
  line.dataset.opened = isOpened ? 'yes' : 'no'
  line.setAttribute('role', 'status')
  line.textContent = text
  if (!isOpened) line.className = 'bw-notice bw-noprint'
  for (const other of holder.children) other.hidden = isOpened
  holder.append(line)
}

async function opened (holder) {
  try {
    const sealed = Uint8Array.from(atob(holder.dataset.sealedText), sign => sign.charCodeAt(0))
    return [new TextDecoder().decode(await keyring.unseal(sealed)).trim(), true]
  } catch {
    return [holder.dataset.notYours, false]
  }
}

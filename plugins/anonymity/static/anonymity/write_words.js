// Sentences in the reader's language (the page holds them, see _voices.html), and small ways to show things.
const holder = () => document.getElementById('voice-words').dataset
export const page = () => document.querySelector('[data-voices]')
export const find = name => page().querySelector(name)
export const part = name => find(`[data-part="${name}"]`)

/** Return a sentence, with what stands in {braces} filled in. */
export function say (name, values = {}) {
  return (holder()[name] ?? name).replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

/** Tell how it stands; nothing takes the line away. */
export function tell (text = '') {
  const line = find('[data-say]')
  line.textContent = text
  line.hidden = !text
}

/** Warn of something that must be seen, beside what is told. */
export function warn (text = '') {
  const line = find('[data-warn]')
  line.textContent = text
  line.hidden = !text
}

/** Return what a refusal means for the one who asked: the server's own sentence where it has one. */
export function sentence (refusal) {
  if (!(refusal instanceof voice.Refused)) return say('failed')
  if (refusal.status === 0) return say('lost')
  if (refusal.detail) return refusal.detail
  return say({ 401: 'signedOut', 403: 'signedOut', 429: 'busy' }[refusal.status] ?? 'failed')
}

const language = () => document.documentElement.lang === 'en' ? 'en-GB' : document.documentElement.lang
const london = options => new Intl.DateTimeFormat(language(), { timeZone: 'Europe/London', ...options })
const DAY = { weekday: 'long', day: 'numeric', month: 'long' }

export const day = at => london(DAY).format(new Date(at))
export const moment = at => london({ ...DAY, hour: '2-digit', minute: '2-digit' }).format(new Date(at))

/** Make an element; `options` are properties, `parts` its children. */
export function make (name, options = {}, ...parts) {
  const made = Object.assign(document.createElement(name), options)
  made.append(...parts)
  return made
}

/** Let a press ask once more before it acts. */
export function twice (button, again, act) {
  button.addEventListener('click', () => {
    if (button.dataset.asked) return act()
    button.dataset.asked = 'yes'
    button.textContent = again
  })
}

/** Keep a form from being sent twice while `act` runs. */
export async function once (form, act) {
  if (form.ariaBusy === 'true') return
  form.ariaBusy = 'true'
  try {
    await act()
  } finally {
    form.ariaBusy = 'false'
  }
}

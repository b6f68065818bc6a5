// Sends a form with files and shows how far it is. fetch() cannot tell; XMLHttpRequest can.

/** Return the sentences that base.html holds in the reader's language. */
const words = () => document.getElementById('bw-words').dataset

const address = () => window.location.pathname + window.location.search
let shown = address()

function statusOf (form) {
  const box = document.createElement('div')
  const text = document.createElement('p')
  const bar = document.createElement('progress')
  box.className = 'bw-upload'
  text.setAttribute('role', 'status')
  bar.max = 100
  bar.setAttribute('aria-label', words().sending)
  box.append(text, bar)
  const button = form.querySelector('[type=submit], button:not([type])')
  ;(button?.closest('.bw-actions') ?? button ?? form.lastElementChild).before(box)
  return { box, text, bar }
}

function failed (form, sentence) {
  const { box, text, bar } = statusOf(form)
  bar.remove()
  box.classList.add('bw-notice', 'danger')
  text.setAttribute('role', 'alert')
  text.textContent = sentence
  box.scrollIntoView({ block: 'center' })
}

/** Put the answer's main part in place of ours; chosen files stay chosen unless their own field was refused. */
function show (request, form, enliven) {
  const answer = new DOMParser().parseFromString(request.responseText, 'text/html')
  const fresh = answer.querySelector('main')
  if (!fresh) return window.location.assign(request.responseURL)
  for (const old of form.querySelectorAll('input[type=file]')) {
    const same = fresh.querySelector(`input[type=file][name="${CSS.escape(old.name)}"]`)
    if (same && !same.hasAttribute('aria-invalid')) same.files = old.files
  }
  document.title = answer.title
  if (request.responseURL !== window.location.href) window.history.pushState(null, '', request.responseURL)
  shown = address()
  document.querySelector('main').replaceWith(fresh)
  enliven(fresh)
  if (!fresh.querySelector('[data-module=govuk-error-summary]')) { fresh.focus(); window.scrollTo(0, 0) }
}

export function sendWithProgress (form, enliven) {
  form.addEventListener('submit', event => {
    const chosen = [...form.querySelectorAll('input[type=file]')].some(input => input.files.length)
    if (event.defaultPrevented || form.dataset.sent || !chosen) return
    event.preventDefault()
    form.dataset.sent = 'yes'
    form.querySelectorAll('.bw-upload').forEach(old => old.remove())
    const { box, text, bar } = statusOf(form)
    const request = new XMLHttpRequest()
    const stop = sentence => { delete form.dataset.sent; box.remove(); failed(form, sentence) }
    text.textContent = words().sending
    request.upload.addEventListener('progress', at => {
      if (!at.lengthComputable) return
      bar.value = Math.floor(at.loaded / at.total * 100)
      text.textContent = bar.value < 100 ? `${words().sending} ${bar.value}%` : words().checking
    })
    request.addEventListener('error', () => stop(words().lost))
    request.addEventListener('load', () => {
      const { status } = request
      if (status < 400 || status === 422) return show(request, form, enliven)
      stop(status === 413 ? words().large : words().failed)
    })
    request.open('POST', form.action || window.location.href)
    request.send(new FormData(form, event.submitter))
  })
}

// Back to a page that was replaced above; a link inside the page also "pops" and must not reload it.
window.addEventListener('popstate', () => { if (address() !== shown) window.location.reload() })

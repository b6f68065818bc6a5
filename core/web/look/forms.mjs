// One click sends a form once.
const SENT_FOR_MS = 10000

export function guardForms () {
  document.addEventListener('submit', event => {
    const form = event.target
    if (form.dataset.sent) return event.preventDefault()
    if (event.defaultPrevented) return
    form.dataset.sent = 'yes'
    setTimeout(() => { delete form.dataset.sent }, SENT_FOR_MS)
  })
  window.addEventListener('pageshow', () => {
    for (const form of document.querySelectorAll('form[data-sent]')) delete form.dataset.sent
  })
}

// The quick way out: the button, Escape, or Shift three times.
const SHIFT_WINDOW_MS = 3000

/** Hide the page at once, tell the server to forget this browser, and put the weather in this page's place. */
function leave (link) {
  document.documentElement.classList.add('is-leaving')
  document.title = '…'
  fetch(link.dataset.forget, { method: 'POST', keepalive: true, redirect: 'manual' }).catch(() => {})
  window.location.replace(link.dataset.to)
}

export function readyToLeave () {
  const link = document.querySelector('[data-leave]')
  if (!link) return
  let shifts = []
  link.addEventListener('click', event => { event.preventDefault(); leave(link) })
  document.addEventListener('keydown', event => {
    if (event.isComposing || event.repeat) return
    if (event.key === 'Escape') return leave(link)
    shifts = event.key === 'Shift' ? [...shifts.filter(at => event.timeStamp - at < SHIFT_WINDOW_MS), event.timeStamp] : []
    if (shifts.length >= 3) leave(link)
  }, true)
  // A page that the browser kept in memory must not come back as it was left.
  window.addEventListener('pageshow', event => { if (event.persisted) window.location.reload() })
}

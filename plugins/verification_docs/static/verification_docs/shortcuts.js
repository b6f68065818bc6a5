// Single keys for a case: from paper to paper, and to its choices. No key decides anything by itself.
const OFF = 'review-keys-off'
const TEXT = 'input:not([type=radio]):not([type=checkbox]), textarea, select, [contenteditable]'

/** Whether the reader wants them; another assistive program may need the same keys (WCAG 2.1.4). */
const areOff = () => { try { return localStorage.getItem(OFF) === 'yes' } catch { return false } }

const papers = () => [...document.querySelectorAll('main section[aria-labelledby^=paper-]')]
const current = () => {
  const all = papers()
  return all.find(paper => paper.contains(document.activeElement)) ??
    all.find(paper => paper.getBoundingClientRect().bottom > window.innerHeight / 3) ?? all[0]
}

function step (by) {
  const all = papers()
  const held = all.findIndex(paper => paper.contains(document.activeElement))
  const next = held < 0 ? (by > 0 ? 0 : all.length - 1) : Math.min(Math.max(held + by, 0), all.length - 1)
  const heading = all[next].querySelector('h2')
  heading.tabIndex = -1
  heading.focus({ preventScroll: true })
  all[next].scrollIntoView({ block: 'start' })
}

// Focus only: an arrow key or the space bar then chooses, and the button decides.
const toChoice = place => [...current()?.querySelectorAll('form input[type=radio]') ?? []].at(place)?.focus()

function toHelp () {
  const help = document.querySelector('[data-keys]')
  help.open = !help.open
  help.querySelector('summary').focus()
}

const ACTS = {
  j: () => step(1),
  k: () => step(-1),
  ArrowRight: () => step(1),
  ArrowLeft: () => step(-1),
  a: () => toChoice(0),
  r: () => toChoice(1),
  '?': toHelp
}

/** Listen for the keys on every page that has a list of them. */
export function listenForKeys () {
  document.addEventListener('keydown', event => {
    const act = ACTS[event.key.length === 1 ? event.key.toLowerCase() : event.key]
    if (!act || !document.querySelector('[data-keys]') || event.defaultPrevented || event.isComposing) return
    if (event.ctrlKey || event.metaKey || event.altKey || event.target.closest?.(TEXT)) return
    // Arrows belong to whatever has the focus: a choice, or a sheet that is wider than its frame.
    if (event.key.startsWith('Arrow') && event.target.closest?.('input, .vd-sheet, summary')) return
    if (areOff() && event.key !== '?') return
    event.preventDefault()
    act()
  })
}

/** Let the box "use these keys" show and keep what the reader wants. */
export function enlivenKeys (main) {
  const box = main.querySelector('[data-keys] input')
  if (!box) return
  box.checked = !areOff()
  box.addEventListener('change', () => {
    try { localStorage.setItem(OFF, box.checked ? 'no' : 'yes') } catch { /* nothing is kept in a private window */ }
  })
}

// Runs before every other script, so that Back does not load a page of the room anew and lock the key: browsers ask
// the listeners of this event in the order in which they came.
window.addEventListener('popstate', event => {
  event.stopImmediatePropagation()
  document.dispatchEvent(new Event('room:back'))
})

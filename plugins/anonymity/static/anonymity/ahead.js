// On every page of a verified member: are the voices of the coming four weeks here? Asked of this device, once a day
// and visit; only when one is missing are the bundle and the server asked.
const tag = document.querySelector('script[data-voice]')
const { voice, integrity, mark, token, worker } = tag.dataset
const today = new Date().toISOString().slice(0, 10)

const record = () => new Promise((resolve, reject) => {
  const asked = indexedDB.open('bw-voices')
  asked.onupgradeneeded = () => asked.transaction.abort()
  asked.onerror = () => resolve(undefined)
  asked.onsuccess = () => {
    const db = asked.result
    const got = db.transaction('records').objectStore('records').get(mark)
    got.onerror = () => reject(got.error)
    got.onsuccess = () => { db.close(); resolve(got.result) }
  }
})

async function look () {
  const held = await record()
  if (held?.restUntil > Date.now()) return
  const response = await fetch('/api/v1/anonymity/choice', { cache: 'no-store' })
  if (!response.ok || (!held && (await response.json()).keep !== 'device')) return
  const script = Object.assign(document.createElement('script'), { src: voice, integrity })
  script.onload = () => globalThis.voice.fetchAhead({ mark, token, worker }).catch(() => {})
  document.head.append(script)
}

try {
  // The page for writing sees to it by itself, and says what it found.
  if (isSecureContext && !document.querySelector('[data-voices]') && sessionStorage.getItem(mark) !== today) {
    sessionStorage.setItem(mark, today)
    const wait = globalThis.requestIdleCallback ?? (act => setTimeout(act, 500))
    wait(() => look().catch(() => {}))
  }
} catch {}

// When the reviewers change, papers that wait are sealed anew to those of today. The server cannot do it: it cannot
// open them. So a tab with an opened key does, page by page, in memory, and nobody looks at them.
import * as keyring from './keyring.js'
import { about, say } from './words.js'

const PAUSE_MS = 60 * 1000
let isUnderWay = false
let last = -PAUSE_MS
/** Pages that this key does not open: a colleague's must. */
const notMine = new Set()

/** Seal anew whatever this key can; at most once a minute, and only while the key is open. */
export async function sealAnew () {
  if (isUnderWay || !keyring.isOpen() || performance.now() - last < PAUSE_MS) return
  isUnderWay = true
  last = performance.now()
  let number = 0
  try {
    for (let after = ''; after !== null && keyring.isOpen();) {
      const answer = await post('/review/reseal', new URLSearchParams({ after }))
      if (!answer.ok || answer.redirected) break
      const { pages, next } = await answer.json()
      for (const page of pages) {
        if (!await one(page)) continue
        number++
        tell(say('resealing'))
      }
      after = next
    }
  } catch {
    // The line broke: what is not done yet is done another time.
  } finally {
    isUnderWay = false
    tell(number ? say('resealed', { n: number }) : '')
  }
}

async function one ({ id, to, recipients }) {
  if (notMine.has(id) || !keyring.isOpen()) return false
  const taken = await post(`/review/reseal/${id}/take`)
  if (!taken.ok) return false
  let content
  try {
    content = await keyring.unseal(new Uint8Array(await taken.arrayBuffer()))
  } catch {
    notMine.add(id)
    return false
  }
  const sealed = await keyring.seal(content, recipients)
  content.fill(0)
  return (await post(`/review/reseal/${id}?to=${to}`, sealed)).ok
}

const post = (address, body) => fetch(address, { method: 'POST', body, headers: { 'X-CSRFToken': about('csrf') } })

function tell (sentence) {
  const line = document.querySelector('main [data-resealing]')
  if (line) line.textContent = sentence
}

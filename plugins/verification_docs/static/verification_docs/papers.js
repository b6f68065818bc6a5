// Sealed pages, opened with the reviewer's key and drawn with a watermark. Nothing of them is kept once their case is
// left or the key is locked.
import * as keyring from './keyring.js'
import { about, say } from './words.js'

const ANGLE = -24 * Math.PI / 180
/** By address: { bitmap, seen }; `seen` is when the server sent the page. */
const open = new Map()

/** Build a frame for each sealed page, and open those that are in sight once the key is. */
export function enlivenPapers (main) {
  const holders = [...main.querySelectorAll('[data-sealed-page]')]
  const wanted = new Set(holders.map(holder => holder.dataset.sealedPage))
  for (const address of open.keys()) if (!wanted.has(address)) free(address)
  for (const holder of holders) {
    frame(holder)
    holder.closest('details')?.addEventListener('toggle', () => show(holder))
    show(holder)
  }
}

/** The key was opened or locked. */
export function keyChanged () {
  if (!keyring.isOpen()) for (const address of [...open.keys()]) free(address)
  for (const holder of document.querySelectorAll('[data-sealed-page]')) show(holder)
}

function free (address) {
  open.get(address).bitmap.close()
  open.delete(address)
}

function frame (holder) {
  const sheet = document.createElement('div')
  const canvas = document.createElement('canvas')
  const tools = document.createElement('div')
  const said = document.createElement('p')
  sheet.className = 'vd-sheet'
  sheet.tabIndex = 0
  sheet.setAttribute('role', 'group')
  sheet.setAttribute('aria-label', say('sheet', { label: holder.dataset.label }))
  canvas.setAttribute('role', 'img')
  canvas.setAttribute('aria-label', holder.dataset.label)
  tools.className = 'vd-tools'
  for (const [name, zoom] of [['fit', 0], ['full', 1], ['double', 2]]) {
    const button = tool(say(name), () => { holder.dataset.zoom = zoom; size(holder) })
    button.dataset.zoom = zoom
    tools.append(button)
  }
  tools.append(tool(say('turn'), () => { holder.dataset.turn = (Number(holder.dataset.turn || 0) + 1) % 4; draw(holder) }))
  said.className = 'bw-hint'
  said.setAttribute('role', 'status')
  sheet.append(canvas)
  sheet.hidden = tools.hidden = true
  holder.dataset.zoom = 0
  holder.append(said, sheet, tools)
}

function tool (words, act) {
  const button = document.createElement('button')
  button.type = 'button'
  button.className = 'btn btn-outline-secondary'
  button.textContent = words
  button.addEventListener('click', act)
  return button
}

async function show (holder) {
  const box = holder.closest('details')
  const address = holder.dataset.sealedPage
  if (!keyring.isOpen() || (box && !box.open)) return cover(holder, '')
  if (!open.has(address)) {
    cover(holder, say('openingPage'))
    const page = await opened(address).catch(problem => { cover(holder, problem.sentence ?? say('pageFailed')) })
    if (!page) return
    // The key may have been locked, or the case left, while the page was on its way.
    if (!keyring.isOpen() || !holder.isConnected) return page.bitmap.close()
    open.set(address, page)
  }
  draw(holder)
}

function cover (holder, sentence) {
  const [said, sheet, tools] = parts(holder)
  said.textContent = sentence
  sheet.hidden = tools.hidden = true
  const canvas = sheet.querySelector('canvas')
  canvas.width = canvas.height = 0
  holder.querySelector('a').hidden = false
}

const parts = holder => [holder.querySelector('.bw-hint'), holder.querySelector('.vd-sheet'), holder.querySelector('.vd-tools')]

async function opened (address) {
  const answer = await fetch(address)
  if (!answer.ok || answer.redirected) throw Object.assign(new Error(), { sentence: say(answer.status === 404 ? 'pageGone' : 'pageNotSent') })
  const seen = new Date(answer.headers.get('Date') ?? Date.now())
  const sealed = new Uint8Array(await answer.arrayBuffer())
  const content = await keyring.unseal(sealed).catch(() => { throw Object.assign(new Error(), { sentence: say('pageOfOthers') }) })
  return { bitmap: await createImageBitmap(new Blob([content], { type: 'image/jpeg' })), seen }
}

function draw (holder) {
  const [said, sheet, tools] = parts(holder)
  const { bitmap, seen } = open.get(holder.dataset.sealedPage)
  const canvas = sheet.querySelector('canvas')
  const pen = canvas.getContext('2d')
  const turn = Number(holder.dataset.turn || 0)
  const isLying = turn % 2 === 1
  canvas.width = isLying ? bitmap.height : bitmap.width
  canvas.height = isLying ? bitmap.width : bitmap.height
  pen.translate(canvas.width / 2, canvas.height / 2)
  pen.rotate(turn * Math.PI / 2)
  pen.drawImage(bitmap, -bitmap.width / 2, -bitmap.height / 2)
  mark(pen, canvas, `${about('code')}  ${seen.toISOString().slice(0, 16).replace('T', ' ')} UTC`)
  said.textContent = ''
  sheet.hidden = tools.hidden = false
  holder.querySelector('a').hidden = true
  size(holder)
}

/** Write who looks, and when, across the whole page: white under black shows on paper and on a dark cover alike. */
function mark (pen, canvas, words) {
  const height = Math.max(14, Math.min(canvas.width, canvas.height) / 30)
  const reach = Math.hypot(canvas.width, canvas.height) / 2
  pen.setTransform(1, 0, 0, 1, canvas.width / 2, canvas.height / 2)
  pen.rotate(ANGLE)
  pen.font = `600 ${height}px system-ui, sans-serif`
  const step = pen.measureText(words).width + height * 4
  let row = 0
  for (let y = -reach; y < reach; y += height * 5, row++) {
    for (let x = -reach - (row % 2) * step / 2; x < reach; x += step) {
      pen.fillStyle = 'rgba(255,255,255,.4)'
      pen.fillText(words, x + 1.5, y + 1.5)
      pen.fillStyle = 'rgba(0,0,0,.32)'
      pen.fillText(words, x, y)
    }
  }
  pen.setTransform(1, 0, 0, 1, 0, 0)
}

function size (holder) {
  const canvas = holder.querySelector('canvas')
  const zoom = Number(holder.dataset.zoom)
  canvas.style.width = zoom ? `${canvas.width * zoom}px` : '100%'
  canvas.style.maxWidth = zoom ? 'none' : `${canvas.width}px`
  for (const button of holder.querySelectorAll('.vd-tools [data-zoom]')) {
    button.setAttribute('aria-pressed', String(button.dataset.zoom === holder.dataset.zoom))
  }
}

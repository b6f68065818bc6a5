// Reading the boards as a voice: from the copies on the unlinkable side, without a cookie.
import { find, make, part, say, sentence, tell } from './write_words.js'
import { answer } from './write_posts.js'

let side = null

/** Let the reading part ask as the voice of `asked`. A thread named in the address is opened at once. */
export function useThreads (asked, boards) {
  side = asked
  part('read').hidden = false
  const choice = find('#read-board')
  const every = make('option', { value: '' }, say('allBoards'))
  choice.replaceChildren(every, ...boards.map(({ code, name }) => make('option', { value: code }, name)))
  find('[data-load-threads]').onclick = () => load()
  addEventListener('hashchange', openNamed)
  openNamed()
}

/** Open the thread that the part of the address after # names: it is never sent to any server. */
function openNamed () {
  const id = new URLSearchParams(location.hash.slice(1)).get('thread')
  if (id && side) open(id)
}

async function load (after = '') {
  const list = find('[data-threads]')
  try {
    const { items, next } = await side.threads(find('#read-board').value, after)
    const rows = items.map(row)
    if (!items.length && !after) rows.push(make('li', { className: 'bw-hint' }, say('noThreads')))
    if (next) rows.push(more(next))
    if (after) list.append(...rows)
    else list.replaceChildren(...rows)
    list.hidden = false
  } catch (refusal) {
    tell(sentence(refusal))
  }
}

function row ({ id, title, posts_count: n }) {
  const words = make('span', { className: 'bw-row-title' }, title)
  const count = make('span', { className: 'bw-meta' }, say('posts', { n }))
  return make('li', {}, make('a', { className: 'bw-row', href: `#thread=${id}` }, words, count))
}

function more (next) {
  const button = make('button', { type: 'button', className: 'btn btn-outline-secondary' }, say('more'))
  const line = make('li', {}, button)
  button.onclick = () => { line.remove(); load(next) }
  return line
}

async function open (id) {
  const place = find('[data-thread]')
  try {
    const thread = await side.thread(id)
    const heading = make('h3', {}, thread.title)
    const acts = thread.takes_replies ? [] : [make('p', { className: 'bw-hint' }, say('noAnswers'))]
    place.replaceChildren(heading, ...thread.posts.map(post), ...acts)
    place.hidden = false
    answer(thread.takes_replies ? thread : null)
    place.focus()
  } catch (refusal) {
    tell(sentence(refusal))
  }
}

function post ({ label, when, html, is_own: isOwn }) {
  const head = make('div', { className: 'bw-post-head' }, make('span', { className: 'bw-post-name' }, label), make('span', {}, when))
  if (isOwn) head.append(make('span', { className: 'bw-badge bw-badge-calm' }, say('yours')))
  // Cleaned by the boards, as on their own pages; and no script runs in what is set like this.
  const body = make('div', { className: 'bw-post-body', innerHTML: html })
  return make('article', { className: `bw-post${isOwn ? ' is-own' : ''}` }, head, body)
}

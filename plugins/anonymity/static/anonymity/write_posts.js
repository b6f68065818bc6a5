// Sending a thread or an answer, and what became of it.
import { find, make, moment, once, page, part, say, sentence, tell, twice } from './write_words.js'

let side = null
let answering = null
let refresh = () => {}
let postId = null

/** Let the form and the list speak for the voice of `asked`, the unlinkable side. `again()` asks it how it stands. */
export function usePosts (asked, again) {
  side = asked
  refresh = again
  const form = find('[data-compose]')
  form.onsubmit = event => { event.preventDefault(); once(form, () => send(form)) }
  find('[data-not-answer]').onclick = event => { event.preventDefault(); answer(null); history.replaceState(null, '', '#') }
}

/** Fill in the boards that the voice may write on; one board needs no choice. */
export function showBoards (boards) {
  const list = find('[data-board-list]')
  const chosen = new Set([...list.querySelectorAll(':checked')].map(box => box.value))
  list.replaceChildren(...boards.map(({ code, name }) => {
    const id = `board-${code}`
    const isOn = chosen.has(code) || boards.length === 1
    const box = make('input', { type: 'checkbox', className: 'form-check-input', id, value: code, checked: isOn })
    return make('div', { className: 'bw-choice' }, box, make('label', { htmlFor: id }, name))
  }))
}

/** Turn the form into one for an answer to a thread, or back into one for a new thread with null. */
export function answer (thread) {
  answering = thread
  postId = null
  for (const line of page().querySelectorAll('[data-new]')) line.hidden = Boolean(thread)
  find('[data-compose-title]').textContent = say(thread ? 'answerTitle' : 'newTitle')
  const told = find('[data-answering]')
  told.hidden = !thread
  told.textContent = thread ? say('answering', { title: thread.title }) : ''
  find('[data-not-answer]').hidden = !thread
  problem('')
}

function problem (text, field) {
  const line = find('[data-problem]')
  line.textContent = text
  line.hidden = !text
  for (const each of page().querySelectorAll('#voice-title, #voice-text')) each.ariaInvalid = String(each === field)
  field?.focus()
}

async function send (form) {
  const title = find('#voice-title')
  const text = find('#voice-text')
  const wards = [...form.querySelectorAll('[data-board-list] :checked')].map(box => box.value)
  if (!answering && title.value.trim().length < 4) return problem(say('noTitle'), title)
  if (!text.value.trim()) return problem(say('noText'), text)
  if (!answering && !wards.length) return problem(say('noBoard'), form.querySelector('[data-board-list] input'))
  problem('')
  tell(say('sending'))
  // Kept until the answer comes: what is sent a second time is then the same post.
  postId ??= voice.newPostId()
  try {
    const post = { id: postId, text: text.value }
    const sent = answering
      ? await side.reply(answering.id, post)
      : await side.open({ ...post, title: title.value.trim(), category: find('#voice-category').value, wards })
    postId = null
    title.value = text.value = ''
    if (answering) answer(null)
    await refresh()
    tell(say('sent', { moment: moment(sent.appears_at) }))
  } catch (refusal) {
    tell()
    if (refusal.status === 409) postId = null
    problem(sentence(refusal))
  }
}

/** List what the voice wrote, the newest batch first. */
export function showPosts (posts) {
  part('mine').hidden = false
  const list = find('[data-posts]')
  if (!posts.length) return list.replaceChildren(make('li', { className: 'bw-hint' }, say('nothingYet')))
  list.replaceChildren(...posts.map(post => make('li', { className: 'bw-card bw-pad' }, ...lines(post))))
}

const isOver = post => ['withdrawn', 'refused'].includes(post.state)

function lines (post) {
  const word = say(`to${post.state[0].toUpperCase()}${post.state.slice(1)}`, { moment: moment(post.appears_at) })
  // What it says is not kept anywhere but on the board, so a line tells its kind while it is the only thing known.
  const kind = post.state === 'waiting' ? [make('span', {}, say(post.thread_id ? 'anAnswer' : 'aThread'))] : []
  const found = [make('p', { className: 'bw-meta' }, make('span', { className: 'bw-chip' }, word), ...kind)]
  if (post.reason) found.push(make('p', {}, post.reason))
  const acts = make('p', { className: 'bw-actions' })
  if (post.thread_id && post.state === 'published') {
    acts.append(make('a', { className: 'btn btn-outline-secondary', href: `#thread=${post.thread_id}` }, say('seeThread')))
  }
  if (!isOver(post)) {
    const button = make('button', { className: 'btn btn-outline-secondary', type: 'button' }, say('takeBack'))
    twice(button, say('reallyTakeBack'), () => withdraw(post.id))
    acts.append(button)
  }
  return acts.childElementCount ? [...found, acts] : found
}

async function withdraw (id) {
  try {
    await side.withdraw(id)
    await refresh()
    tell(say('takenBack'))
  } catch (refusal) {
    tell(sentence(refusal))
  }
}

// The page for writing as a voice: which voices there are, whose turn it is, and where they are kept.
import { offerCard, readCard, showCard } from './write_card.js'
import { answer, showBoards, showPosts, usePosts } from './write_posts.js'
import { useThreads } from './write_threads.js'
import { day, find, make, once, page, part, say, sentence, tell, twice, warn } from './write_words.js'

const { base, mark, token, worker } = page().dataset
const members = mark ? voice.membersSide(token) : null
const PARTS = ['voice', 'no-voice', 'type-card', 'compose', 'mine', 'read', 'out', 'card', 'weeks']
let record = null
let keep = 'device'

/** Keep the record where the member wants it: on the device, or in the vault alone. */
const save = async found => keep === 'card' ? voice.saveToVault(members, found) : voice.saveHere(found)

async function start () {
  if (!isSecureContext) return warn(say('insecure'))
  find('[data-off]').hidden = true
  find('[data-on]').hidden = false
  find('[data-open-card]').onsubmit = event => { event.preventDefault(); once(event.target, openWithCard) }
  twice(find('[data-begin-anew]'), say('reallyAnew'), () => beginAnew().catch(refused))
  const form = find('form[data-keep]')
  if (form) form.onsubmit = event => { event.preventDefault(); once(form, () => choose(form).catch(refused)) }
  tell(say('opening'))
  if (members) await startSignedIn()
  else await startAlone()
}

const refused = refusal => tell(sentence(refusal))

async function startSignedIn () {
  let found
  try {
    found = await voice.fetchAhead({ mark, token, worker }, { waits: true })
  } catch (refusal) {
    // What this device has is good for writing, also while the members' side does not answer.
    record = await voice.store.get(mark)
    await showRecord('noneYet')
    return refused(refusal)
  }
  tell()
  const { state } = found
  keep = state === 'card' || state === 'none' ? state : 'device'
  record = found.record ?? null
  showChoice()
  report(found)
  if (state === 'none') return hideAllBut('out')
  if (state === 'card') return askCard('cardOnly')
  if (state === 'elsewhere' && !hasVoice()) return askCard('elsewhere')
  await showRecord('noneYet')
}

/** Say what the comparison of keys found. */
function report ({ refused: differing = [], unseen = [], compared = null }) {
  warn(differing.length ? say('differs') : unseen.length ? say('unseen') : '')
  find('[data-compared]').textContent = compared === null ? '' : compared ? say('comparedOne', { n: compared }) : say('comparedNone')
}

async function startAlone () {
  // Nobody is signed in, so the voices of everybody who uses this device are there to choose from.
  const held = await voice.store.all()
  tell()
  const all = held.flatMap(each => each.voices.map(one => ({ ...one, seed: each.seed })))
  record = held.length ? { ...held[0], voices: all } : null
  await showRecord(record ? 'noneYet' : base.startsWith('/') && location.pathname.startsWith(`${base}/`) ? 'away' : 'visitor')
}

const isNow = each => each.epoch === voice.epochOf(Date.now())
const hasVoice = () => Boolean(record?.voices.some(isNow))

function hideAllBut (...names) {
  for (const name of PARTS) part(name).hidden = !names.includes(name)
}

function askCard (why) {
  hideAllBut('type-card')
  find('[data-why-card]').textContent = say(why)
}

async function showRecord (why) {
  const voices = record?.voices.filter(isNow) ?? []
  hideAllBut(...(record ? ['weeks'] : []))
  if (record) showWeeks()
  if (record && members) offerCard(record, cardConfirmed)
  if (!voices.length) {
    part('no-voice').hidden = false
    const next = record?.voices.map(({ epoch }) => epoch).sort()[0]
    find('[data-why]').textContent = next ? say('soon', { day: day(voice.beginsAt(next)) }) : say(why)
    return
  }
  const choice = find('#voice-choice')
  choice.replaceChildren(...voices.map((each, at) => make('option', { value: at }, label(each, at, voices))))
  choice.onchange = () => speakAs(voices[choice.value]).catch(refused)
  find('[data-which]').hidden = voices.length < 2
  await speakAs(voices[0]).catch(refused)
}

/** Two voices for one board are of two people who use this device. */
function label ({ name }, at, voices) {
  return voices.filter(other => other.name === name).length > 1 ? `${name} (${at + 1})` : name
}

/** Ask the unlinkable side how this voice stands, and let it write and read. */
async function speakAs (mine) {
  const side = voice.unlinkableSide(base, mine.seed ?? record.seed, mine)
  const again = async () => showMe(await side.me())
  usePosts(side, again)
  const me = await again()
  answer(null)
  showBoards(me.boards)
  if (!me.is_banned) useThreads(side, me.boards)
}

function showMe (me) {
  part('voice').hidden = false
  find('[data-handle]').textContent = me.handle
  find('[data-crowd]').textContent = me.one_of ? say('crowd', { n: me.one_of, place: me.scope_name }) : ''
  find('[data-left]').textContent = me.is_banned ? say('banned') : say('left', { n: me.posts_left_today, day: day(new Date(me.ends_at) - 1000) })
  part('compose').hidden = me.is_banned
  showPosts(me.posts)
  return me
}

function showWeeks () {
  const epochs = [voice.epochOf(Date.now()), ...voice.coming(Date.now())]
  find('[data-weeks]').replaceChildren(...epochs.map((epoch, at) => {
    const names = record.voices.filter(each => each.epoch === epoch).map(({ name }) => name)
    const when = at ? say('weekFrom', { day: day(voice.beginsAt(epoch)) }) : say('weekThis')
    const state = names.length ? `${say('weekReady')} (${names.join(', ')})` : say('weekMissing')
    return make('li', {}, `${when}: ${state}`)
  }))
}

function showChoice () {
  part('keep').hidden = false
  find(`#keep-${keep}`).checked = true
}

async function cardConfirmed () {
  record.hasCard = true
  if (wantsCard) return becomeCard()
  await save(record)
  tell(say('cardKept'))
}

let wantsCard = false
let wantsNone = false

async function choose (form) {
  const wanted = new FormData(form).get('keep')
  if (wanted === keep) return tell(say(`chosen${keep[0].toUpperCase()}${keep.slice(1)}`))
  if (wanted === 'card') return chooseCard()
  if (wanted === 'none' && !wantsNone) { wantsNone = true; return tell(say('reallyNone')) }
  await members.choose(wanted)
  if (wanted === 'none') {
    await members.emptyVault()
    await voice.store.forget(mark)
    keep = 'none'
    record = null
    hideAllBut('out')
    return tell(say('chosenNone'))
  }
  const old = record
  keep = 'device'
  // A card that was just typed is known here, and this device may keep it from now on.
  if (old) await voice.saveHere(old)
  await startSignedIn()
  tell(say('chosenDevice'))
}

/** The card comes first: a device that has forgotten the voices cannot show it any more. */
async function chooseCard () {
  record ??= voice.emptyRecord(mark)
  wantsCard = true
  tell(say('chooseCardFirst'))
  offerCard(record, cardConfirmed)
  showCard(record)
}

async function becomeCard () {
  wantsCard = false
  await voice.saveToVault(members, record)
  await members.choose('card')
  keep = 'card'
  await voice.store.forget(mark)
  await fetchMore()
  tell(say('chosenCard'))
}

/** Fetch what is missing for a record that only this page holds. */
async function fetchMore () {
  const found = await voice.refresh(members, record, { worker, save })
  report(found)
  await showRecord('noneYet')
}

async function openWithCard () {
  const field = find('#card-typed')
  const { seed, problem } = readCard(field.value)
  if (problem) { field.focus(); return tell(problem) }
  const found = { ...voice.emptyRecord(mark, voice.bytes.toText(seed)), hasCard: true }
  try {
    const blob = await members.vault()
    if (blob === null || !await voice.mergeVault(members, found)) return tell(say('cardWrong'))
    record = found
    field.value = ''
    await save(record)
    await fetchMore()
    tell(say('cardOpened'))
  } catch (refusal) {
    refused(refusal)
  }
}

/** Give up what is under a lost card. The weeks that were fetched stay lost: nobody has two voices. */
async function beginAnew () {
  record = voice.emptyRecord(mark)
  await members.emptyVault()
  await save(record)
  await fetchMore()
  tell(say('beganAnew'))
  if (keep === 'card') showCard(record)
}

start().catch(refused)

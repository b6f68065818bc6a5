// The card: shown once, typed back, and typed again where the voices are not.
import { find, part, say } from './write_words.js'

/** Return the seed that a typed card stands for, or show beside its field what is wrong and return null. */
export function readCard (typed) {
  try {
    return { seed: voice.fromCard(typed) }
  } catch (problem) {
    const words = { length: 'cardLength', sign: 'cardSign', slip: 'cardSlip' }[problem.reason]
    return { problem: say(words, { n: problem.count, sign: problem.sign }) }
  }
}

/** Offer the card of a record; `confirmed()` runs once it was typed back. */
export function offerCard (record, confirmed) {
  part('card').hidden = false
  find('[data-card-offer]').hidden = Boolean(record.hasCard)
  find('[data-card-done]').hidden = !record.hasCard
  find('[data-card-shown]').hidden = true
  find('[data-card-code]').textContent = ''
  find('[data-show-card]').onclick = () => showCard(record)
  find('[data-confirm-card]').onsubmit = event => { event.preventDefault(); confirmCard(record, confirmed) }
}

/** Show the card now, without being asked for it. */
export function showCard (record) {
  part('card').hidden = false
  find('[data-card-offer]').hidden = true
  find('[data-card-done]').hidden = true
  find('[data-card-shown]').hidden = false
  find('[data-card-code]').textContent = voice.inGroups(voice.toCard(voice.bytes.fromText(record.seed)))
  find('#card-again').focus()
}

async function confirmCard (record, confirmed) {
  const field = find('#card-again')
  const { seed, problem } = readCard(field.value)
  const isSame = seed && voice.bytes.toText(seed) === record.seed
  wrong(field, isSame ? '' : problem ?? say('cardDiffers'))
  if (!isSame) return
  field.value = ''
  find('[data-card-code]').textContent = ''
  find('[data-card-shown]').hidden = true
  find('[data-card-done]').hidden = false
  await confirmed()
}

function wrong (field, problem) {
  const line = find('[data-card-problem]')
  line.textContent = problem
  line.hidden = !problem
  field.ariaInvalid = problem ? 'true' : 'false'
  if (problem) field.focus()
}

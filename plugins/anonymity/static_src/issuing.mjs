// Voices for the coming weeks: asked for blindly, checked, kept. Every step is kept before the next one is taken, so
// that a line that breaks or a page that closes costs nothing: the same blinded value gets the same answer.
import { toText, fromText } from './bytes.mjs'
import { blind, finalize } from './blinding.mjs'
import { keyOf, newSeed } from './keys.mjs'
import { look } from './manifest.mjs'
import * as store from './store.mjs'
import * as vault from './vault.mjs'

const is = offered => voice => voice.epoch === offered.epoch && voice.scope === offered.scope

export const emptyRecord = (mark, seed = toText(newSeed())) => ({ mark, seed, voices: [], lost: [], begun: null })

// What the vault holds is what the device holds, without seed and mark.
const contents = ({ voices, begun }) => ({ voices, begun })

export async function saveToVault (side, record) {
  await side.putVault(await vault.seal(fromText(record.seed), contents(record)))
}

// Adds what the vault knows, from another device with the same card. false: the vault is not this seed's.
export async function mergeVault (side, record) {
  const blob = await side.vault()
  if (blob === null) return true
  const found = await vault.open(fromText(record.seed), blob)
  if (!found) return false
  for (const voice of found.voices) if (!record.voices.some(is(voice))) record.voices.push(voice)
  record.begun ??= found.begun
  return true
}

export function dropOld (record, thisEpoch) {
  record.voices = record.voices.filter(voice => voice.epoch >= thisEpoch)
  record.lost = record.lost.filter(voice => voice.epoch >= thisEpoch)
}

// `save(record)` keeps it on the device or in the vault. Returns what came of it, for people to be told:
// { refused: [offered…], unseen: [offered…], compared }.
export async function fetchVoices (side, record, offers, { worker, save }) {
  const missing = offers.items.filter(offered =>
    !record.voices.some(is(offered)) && !record.lost.some(is(offered)))
  const outcome = { refused: [], unseen: [], compared: null, fetched: 0 }
  if (!missing.length) return outcome
  const { verdict, compared } = await look(worker, offers)
  outcome.compared = compared
  for (const offered of missing) {
    // Somebody with this account asked for it before, under a card that is not known here: nobody gets two.
    if (offered.is_issued && !isBegun(record, offered)) {
      record.lost.push({ epoch: offered.epoch, scope: offered.scope })
      continue
    }
    const found = verdict(offered)
    if (found === 'different') outcome.refused.push(offered)
    else if (found === 'unseen') outcome.unseen.push(offered)
    else if (await fetchOne(side, record, offered, save)) outcome.fetched++
  }
  return outcome
}

// What was blinded for a key that is no longer the key of that week is of no use.
const isBegun = ({ begun }, offered) => begun && is(offered)(begun) && begun.key === offered.spki_sha256

async function fetchOne (side, record, offered, save) {
  const { pk } = keyOf(fromText(record.seed), offered.epoch, offered.scope)
  const { epoch, scope, spki, spki_sha256: key, scope_name: name } = offered
  if (!isBegun(record, offered)) {
    record.begun = { epoch, scope, key, ...await blind(spki, epoch, scope, pk) }
    await save(record)
  }
  const begun = record.begun
  let answer
  try {
    answer = await side.issue(epoch, scope, begun.blinded)
  } catch (refusal) {
    // Asked for before with another blinded value, by a device whose card this is not; or the week has begun.
    if (refusal.status !== 409 && refusal.status !== 410) throw refusal
    record.begun = null
    record.lost.push({ epoch, scope })
    await save(record)
    return false
  }
  const sig = await finalize(spki, epoch, scope, pk, begun, answer.blind_signature)
  record.voices.push({ epoch, scope, name, prefix: begun.prefix, sig })
  record.begun = null
  await save(record)
  return true
}

// The last week whose voices are all here, or lost for good: until then nothing needs to be asked.
export function completeUntil (record, offers) {
  const open = offers.items.filter(offered => !record.voices.some(is(offered)) && !record.lost.some(is(offered)))
  const first = open.map(offered => offered.epoch).sort()[0]
  const whole = offers.items.map(offered => offered.epoch).filter(epoch => !first || epoch < first).sort()
  return whole.at(-1) ?? null
}

export const saveHere = record => store.put(record)

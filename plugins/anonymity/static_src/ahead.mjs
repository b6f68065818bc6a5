// What happens by itself on any page: the voices of the coming weeks are fetched for everybody who may have them, so
// that having fetched one says nothing about wanting to write.
import { emptyRecord, mergeVault, fetchVoices, completeUntil, saveToVault, saveHere, dropOld } from './issuing.mjs'
import { membersSide } from './members.mjs'
import * as store from './store.mjs'
import { beginsAt, coming, epochOf } from './weeks.mjs'

const today = () => new Date().toISOString().slice(0, 10)

// Returns { state, … }: 'kept' with the outcome, 'card' and 'none' for the member's choice, 'elsewhere' when the
// voices are under a card that this device does not know, 'busy' when another tab is at it.
export function fetchAhead (place, { waits = false } = {}) {
  return navigator.locks.request('bw-voices', { ifAvailable: !waits }, lock => lock ? ahead(place) : { state: 'busy' })
}

async function ahead ({ mark, token, worker }) {
  const side = membersSide(token)
  const { keep } = await side.choice()
  if (keep !== 'device') {
    await store.forget(mark)
    return { state: keep }
  }
  const known = await store.get(mark)
  const record = known ?? emptyRecord(mark)
  if (!await mergeVault(side, record)) return { state: 'elsewhere', record: known }
  return { ...await refresh(side, record, { worker, save: saveHere }), state: 'kept', record }
}

// Fetches what is missing, and keeps it: on the device through `save`, and in the vault.
export async function refresh (side, record, { worker, save }) {
  dropOld(record, epochOf(Date.now()))
  const offers = await side.epochs()
  const outcome = await fetchVoices(side, record, offers, { worker, save })
  // Until then the loader on each page need not look again: all four weeks are here, and a fifth comes on Monday.
  const [next, , , last] = coming(Date.now())
  record.restUntil = (completeUntil(record, offers) ?? '') >= last ? beginsAt(next) : 0
  record.refusedOn = outcome.refused.length ? today() : record.refusedOn ?? null
  if (!outcome.refused.length && outcome.compared) record.refusedOn = null
  await save(record)
  if (outcome.fetched) await saveToVault(side, record)
  return { ...outcome, offers }
}

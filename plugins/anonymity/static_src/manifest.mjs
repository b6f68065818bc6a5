// Whether everybody is offered the same keys: a server that gave one member a key of their own could tell their
// posts by it. So the public list of keys must show each key, and so must the copies that neighbours keep of the list.
// Source: RFC 9576, section 6.2 (key consistency).
import { canonical, digest, fromText, utf8 } from './bytes.mjs'

const PATIENCE = 20_000

// Asks from a worker, for pages may ask this host only. Returns { own, copies }; what did not come is null.
function fetchAll (worker, wanted) {
  return new Promise((resolve, reject) => {
    const asking = new Worker(worker)
    asking.postMessage(wanted)
    const timer = setTimeout(() => end(reject, new Error('too slow')), PATIENCE)
    const end = (how, value) => { clearTimeout(timer); asking.terminate(); how(value) }
    asking.onmessage = event => end(resolve, event.data)
    asking.onerror = event => { event.preventDefault(); end(reject, new Error('no worker')) }
  })
}

// An entry is written when a key is made and again when its week begins. Two keys for one board and week are no key.
function keyed (list) {
  const found = new Map()
  for (const { epoch, scope, spki_sha256: digest } of list.entries) {
    const name = `${epoch} ${scope}`
    found.set(name, (found.get(name) ?? digest) === digest ? digest : 'two')
  }
  return found
}

function isChained (entries) {
  const isLinked = (entry, at) => entry.previous === digest(utf8(canonical(entries[at - 1])))
  return entries.every((entry, at) => at === 0 || isLinked(entry, at))
}

// What to do with one offered key: 'same', 'different', or 'unseen' while no copy shows it yet.
export function compare (offered, own, copies) {
  const name = `${offered.epoch} ${offered.scope}`
  const real = digest(fromText(offered.spki))
  if (offered.spki_sha256 !== real || own.get(name) !== real) return 'different'
  const seen = copies.map(copy => copy.get(name)).filter(Boolean)
  if (seen.some(value => value !== real)) return 'different'
  return seen.length || !copies.length ? 'same' : 'unseen'
}

// Returns { verdict(offered), compared } where `compared` counts the neighbours whose copy was read.
export async function look (worker, { manifest, mirrors }) {
  const { own, copies } = await fetchAll(worker, { manifest, mirrors })
  if (!own || !isChained(own.entries)) return { verdict: () => 'different', compared: 0 }
  const read = copies.filter(copy => copy?.instance === own.instance)
  const isStrange = copies.some(copy => copy && copy.instance !== own.instance)
  const ours = keyed(own)
  const theirs = read.map(keyed)
  return {
    compared: read.length,
    verdict (offered) {
      if (isStrange) return 'different'
      if (mirrors.length && !read.length) return 'unseen'
      return compare(offered, ours, theirs)
    }
  }
}

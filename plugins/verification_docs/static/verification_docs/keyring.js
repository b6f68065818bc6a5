// The reviewer's own key. On this device it is kept locked (an age file under a passphrase); opened it is in the
// memory of this tab and nowhere else. Nothing in this file sends anything anywhere.
const { Decrypter, Encrypter, armor, bech32, generateX25519Identity, identityToRecipient } = globalThis.age

export const SHORTEST = 12
const PKCS8 = [0x30, 0x2e, 2, 1, 0, 0x30, 5, 6, 3, 0x2b, 0x65, 0x6e, 4, 0x22, 4, 0x20]
const ARMOUR = '-----BEGIN AGE ENCRYPTED FILE-----'

export class WrongPassphrase extends Error {}
export class NoKeyInFile extends Error {}

/** Fires `change` when the key is opened or locked. */
export const changes = new EventTarget()
let opened = null

export const isOpen = () => opened !== null
export const recipient = () => opened?.recipient ?? null

/** Make a new key and return it as text, with its public half. It must be locked before it is kept. */
export async function make () {
  const identity = await generateX25519Identity()
  return { identity, recipient: await identityToRecipient(identity) }
}

/** Return the key as a file that only the passphrase opens: the same that `age -p` makes. */
export async function lockedWith (identity, passphrase) {
  const encrypter = new Encrypter()
  encrypter.setPassphrase(passphrase)
  return encrypter.encrypt(`${identity}\n`)
}

/** Return the key inside a locked file and its public half. */
export async function unlockedWith (locked, passphrase) {
  const decrypter = new Decrypter()
  decrypter.addPassphrase(passphrase)
  return readKey(await decrypter.decrypt(unarmoured(locked), 'text').catch(explain))
}

/** Return the key that stands in an opened key file; such a file may have lines of comment. */
export async function readKey (text) {
  const identity = text.match(/AGE-SECRET-KEY-1[02-9AC-HJ-NP-Z]{58}/)?.[0]
  if (!identity) throw new NoKeyInFile()
  return { identity, recipient: await identityToRecipient(identity) }
}

function explain (problem) {
  if (/no identity matched/.test(problem.message)) throw new WrongPassphrase()
  throw new NoKeyInFile()
}

function unarmoured (bytes) {
  const text = new TextDecoder().decode(bytes.subarray(0, 200))
  return text.trimStart().startsWith(ARMOUR) ? armor.decode(new TextDecoder().decode(bytes)) : bytes
}

/** Open the key in this tab. */
export async function open ({ identity, recipient }) {
  opened = { key: await guarded(identity), recipient }
  changes.dispatchEvent(new Event('change'))
}

/** Forget the opened key; what is kept locked on the device stays. */
export function lock () {
  if (!opened) return
  opened = null
  changes.dispatchEvent(new Event('change'))
}

// Where the browser can hold the key itself it does so, and no script can read it any more.
async function guarded (identity) {
  try {
    const bytes = new Uint8Array([...PKCS8, ...bech32.decodeToBytes(identity).bytes])
    return await crypto.subtle.importKey('pkcs8', bytes, { name: 'X25519' }, false, ['deriveBits'])
  } catch {
    return identity
  }
}

/** Open what is sealed to this key; throws when it is sealed to others. */
export function unseal (sealed) {
  const decrypter = new Decrypter()
  decrypter.addIdentity(opened.key)
  return decrypter.decrypt(sealed)
}

/** Seal bytes to public keys. */
export function seal (content, recipients) {
  const encrypter = new Encrypter()
  for (const each of recipients) encrypter.addRecipient(each)
  return encrypter.encrypt(content)
}

// What is kept on this device: by reviewer, for two may share one. { recipient, locked, passkey?: { id, locked } }
function kept (mode, act) {
  return new Promise((resolve, reject) => {
    const asking = indexedDB.open('review', 1)
    asking.onupgradeneeded = () => asking.result.createObjectStore('keys')
    asking.onerror = () => reject(asking.error)
    asking.onsuccess = () => {
      const work = asking.result.transaction('keys', mode)
      const answer = act(work.objectStore('keys'))
      work.oncomplete = () => { asking.result.close(); resolve(answer.result) }
      work.onerror = () => { asking.result.close(); reject(work.error) }
    }
  })
}

export const onDevice = code => kept('readonly', keys => keys.get(code)).catch(() => undefined)
export const keep = (code, record) => kept('readwrite', keys => keys.put(record, code))
export const forget = code => kept('readwrite', keys => keys.delete(code))

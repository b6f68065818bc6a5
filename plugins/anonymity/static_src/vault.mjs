// Voices sealed under the seed, always of one size, so that nobody learns how many there are.
// Source: NIST SP 800-38D (AES-GCM), a fresh nonce of 96 bits before it.
import { join, random, toText, fromText, utf8 } from './bytes.mjs'
import { vaultKey } from './keys.mjs'

export const BLOB_BYTES = 8192
const NONCE_BYTES = 12
const TAG_BYTES = 16
const ROOM = BLOB_BYTES - NONCE_BYTES - TAG_BYTES

const key = (seed, use) => crypto.subtle.importKey('raw', vaultKey(seed), 'AES-GCM', false, [use])

export async function seal (seed, contents) {
  const plain = utf8(JSON.stringify(contents))
  if (plain.length > ROOM) throw new RangeError('too much for the vault')
  const padded = new Uint8Array(ROOM).fill(0x20)
  padded.set(plain)
  const iv = random(NONCE_BYTES)
  const sealed = await crypto.subtle.encrypt({ name: 'AES-GCM', iv }, await key(seed, 'encrypt'), padded)
  return toText(join(iv, new Uint8Array(sealed)))
}

// null when this seed did not seal it.
export async function open (seed, blob) {
  const bytes = fromText(blob)
  try {
    const part = { name: 'AES-GCM', iv: bytes.subarray(0, NONCE_BYTES) }
    const plain = await crypto.subtle.decrypt(part, await key(seed, 'decrypt'), bytes.subarray(NONCE_BYTES))
    return JSON.parse(new TextDecoder().decode(plain))
  } catch {
    return null
  }
}

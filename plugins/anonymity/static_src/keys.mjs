// Whatever follows from the seed: a signing key per week and board, and the key of the vault.
// Source: RFC 5869 (HKDF-SHA256), RFC 8032 (Ed25519).
import { ed25519 } from '@noble/curves/ed25519.js'
import { hkdf } from '@noble/hashes/hkdf.js'
import { sha256 } from '@noble/hashes/sha2.js'
import { join, random, utf8 } from './bytes.mjs'

const NOUGHT = new Uint8Array(1)
export const SEED_BYTES = 16

export const newSeed = () => random(SEED_BYTES)

export function keyOf (seed, epoch, scope) {
  const info = join(utf8('ccw-anon/1'), NOUGHT, utf8(epoch), NOUGHT, utf8(scope))
  const secret = hkdf(sha256, seed, undefined, info, 32)
  return { secret, pk: ed25519.getPublicKey(secret) }
}

export const vaultKey = seed => hkdf(sha256, seed, undefined, utf8('ccw-anon-vault/1'), 32)

export const sign = (message, secret) => ed25519.sign(message, secret)

// What the server signs without seeing it, before the random prefix.
export function message (epoch, scope, pk) {
  return join(utf8('ccw-anon/1'), NOUGHT, utf8(epoch), NOUGHT, utf8(scope), NOUGHT, pk)
}

// A signature on a message that the signer does not see. Source: RFC 9474, RSABSSA-SHA384-PSS-Randomized.
import { BlindRSA } from '@cloudflare/blindrsa-ts/lib/src/blindrsa.js'
import { message } from './keys.mjs'
import { fromText, toText } from './bytes.mjs'

const PREFIX_BYTES = 32

// The four kinds of RFC 9474, section 5; pages use the first, tests hold all to the RFC's examples.
export const suiteOf = (saltLength, prepareType) => new BlindRSA({ name: 'RSA-PSS', hash: 'SHA-384', saltLength, prepareType })

const suite = suiteOf(48, PREFIX_BYTES)

function publicKey (spki) {
  return crypto.subtle.importKey('spki', fromText(spki), { name: 'RSA-PSS', hash: 'SHA-384' }, true, ['verify'])
}

// Returns text values, to be kept until the answer has come: the same blinded value gets the same answer.
export async function blind (spki, epoch, scope, pk) {
  const prepared = suite.prepare(message(epoch, scope, pk))
  const { blindedMsg, inv } = await suite.blind(await publicKey(spki), prepared)
  return { prefix: toText(prepared.subarray(0, PREFIX_BYTES)), blinded: toText(blindedMsg), inv: toText(inv) }
}

// Throws when what comes out is no signature under this very key.
export async function finalize (spki, epoch, scope, pk, { prefix, inv }, blindSignature) {
  const prepared = new Uint8Array([...fromText(prefix), ...message(epoch, scope, pk)])
  const key = await publicKey(spki)
  return toText(await suite.finalize(key, prepared, fromText(blindSignature), fromText(inv)))
}

// The two headers of each request to the unlinkable side.
import { digest, fromText, toText, utf8 } from './bytes.mjs'
import { keyOf, sign } from './keys.mjs'

const NOTHING = new Uint8Array()

// `voice`: epoch, scope, prefix and sig; `path` with its query, as sent.
export function headers (seed, voice, method, path, body = NOTHING) {
  const { secret, pk } = keyOf(fromText(seed), voice.epoch, voice.scope)
  const proof = sign(utf8(`ccw-anon-proof/1|${method}|${path}|${digest(body)}`), secret)
  return {
    'Anon-Credential': [voice.epoch, voice.scope, toText(pk), voice.prefix, voice.sig].join('.'),
    'Anon-Proof': toText(proof)
  }
}

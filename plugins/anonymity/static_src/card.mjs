// The seed on paper: 16 bytes as 26 signs of Crockford's base 32. The last sign holds 3 bits of the seed and 2 that
// must be nought, so it tells a few slips of the pen; the vault tells all others.
// Source: https://www.crockford.com/base32.html
const SIGNS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ'
const LENGTH = 26

export class CardError extends Error {
  // `reason`: 'length' with what was typed in `count`, 'sign' with it in `sign`, or 'slip'.
  constructor (reason, more = {}) {
    super(reason)
    Object.assign(this, { reason, ...more })
  }
}

export function toCard (seed) {
  let bits = 0n
  for (const byte of seed) bits = bits << 8n | BigInt(byte)
  bits <<= 2n
  let text = ''
  for (let at = LENGTH - 1; at >= 0; at--) text += SIGNS[Number(bits >> BigInt(5 * at) & 31n)]
  return text
}

// In groups that an eye can keep.
export const inGroups = card => card.match(/.{1,4}/g).join(' ')

export function fromCard (typed) {
  const text = typed.toUpperCase().replace(/[\s\-–.]/g, '').replaceAll('O', '0').replace(/[IL]/g, '1')
  let bits = 0n
  for (const sign of text) {
    const value = SIGNS.indexOf(sign)
    if (value < 0) throw new CardError('sign', { sign })
    bits = bits << 5n | BigInt(value)
  }
  if (text.length !== LENGTH) throw new CardError('length', { count: text.length })
  if (bits & 3n) throw new CardError('slip')
  bits >>= 2n
  const seed = new Uint8Array(16)
  for (let at = 15; at >= 0; at--) { seed[at] = Number(bits & 255n); bits >>= 8n }
  return seed
}

// Bytes as text and back, and digests.
import { sha256 } from '@noble/hashes/sha2.js'

const encoder = new TextEncoder()

export const utf8 = text => encoder.encode(text)

export function join (...parts) {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0))
  let at = 0
  for (const part of parts) { whole.set(part, at); at += part.length }
  return whole
}

// base64url without padding: RFC 4648, section 5.
export function toText (bytes) {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

export function fromText (text) {
  const binary = atob(text.replaceAll('-', '+').replaceAll('_', '/'))
  return Uint8Array.from(binary, sign => sign.charCodeAt(0))
}

export const toHex = bytes => [...bytes].map(byte => byte.toString(16).padStart(2, '0')).join('')

export const digest = bytes => toHex(sha256(bytes))

export function random (count) {
  return crypto.getRandomValues(new Uint8Array(count))
}

// RFC 8785 for what the manifest holds: text, whole numbers, null, lists and objects with plain names.
export function canonical (value) {
  if (Array.isArray(value)) return `[${value.map(canonical).join(',')}]`
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  return `{${Object.keys(value).sort().map(name => `${JSON.stringify(name)}:${canonical(value[name])}`).join(',')}}`
}

// A passkey as a second way to open the key on this device. It never replaces the passphrase: a lost device must not
// lose the key, and the file at home is opened with the passphrase.
import { readKey } from './keyring.js'

const { Decrypter, Encrypter, webauthn } = globalThis.age

/** Whether it makes sense to offer one here: browsers take no bare number for the name of a site. */
export const isPossible = () => Boolean(window.PublicKeyCredential) && window.isSecureContext &&
  !/^[\d.:[\]]+$/.test(window.location.hostname)

/** Ask for a new passkey and lock the key with it as well. Asks twice: once to make it, once to use it. */
export async function locked (identity, name) {
  const id = await webauthn.createCredential({ keyName: name })
  const encrypter = new Encrypter()
  encrypter.addRecipient(new webauthn.WebAuthnRecipient({ identity: id }))
  return { id, locked: await encrypter.encrypt(`${identity}\n`) }
}

/** Open the key with the passkey it was locked with. */
export async function unlocked ({ id, locked }) {
  const decrypter = new Decrypter()
  decrypter.addIdentity(new webauthn.WebAuthnIdentity({ identity: id }))
  return readKey(await decrypter.decrypt(locked, 'text'))
}

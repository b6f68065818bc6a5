// What the reviewers' pages need of age, and no more. It becomes the one global name `age`.
export { Decrypter, Encrypter, armor, generateX25519Identity, identityToRecipient, webauthn } from 'age-encryption'
export { bech32 } from '@scure/base'

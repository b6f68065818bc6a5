// The unlinkable side, /a/api: no cookie, no referrer, nothing kept.
import { toHex, random, utf8 } from './bytes.mjs'
import { answerOf } from './members.mjs'
import { headers } from './proof.mjs'

export function unlinkableSide (base, seed, voice) {
  function ask (method, path, contents) {
    const whole = new URL(`${base}/api/${path}`, location.origin)
    const body = contents === undefined ? undefined : utf8(JSON.stringify(contents))
    return answerOf(fetch(whole, {
      method,
      body,
      credentials: 'omit',
      referrerPolicy: 'no-referrer',
      cache: 'no-store',
      redirect: 'error',
      headers: {
        ...headers(seed, voice, method, whole.pathname + whole.search, body),
        ...(body ? { 'Content-Type': 'application/json' } : {})
      }
    }))
  }
  const place = id => encodeURIComponent(id)
  return {
    me: () => ask('GET', 'me'),
    threads: (ward = '', after = '') => ask('GET', `threads${query({ ward, after })}`),
    thread: id => ask('GET', `threads/${place(id)}`),
    open: post => ask('POST', 'threads', post),
    reply: (id, post) => ask('POST', `threads/${place(id)}/replies`, post),
    withdraw: id => ask('DELETE', `posts/${place(id)}`)
  }
}

function query (values) {
  const given = Object.entries(values).filter(([, value]) => value)
  return given.length ? `?${new URLSearchParams(given)}` : ''
}

// Chosen here, so that sending the same post twice is one post.
export const newPostId = () => toHex(random(16))

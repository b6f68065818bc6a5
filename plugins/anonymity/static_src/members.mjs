// The members' side, with the cookie of the one who is signed in.

export class Refused extends Error {
  // `status` 0: the line broke. `detail` is what the server says, in its words.
  constructor (status, detail = '') {
    super(`${status} ${detail}`)
    Object.assign(this, { status, detail })
  }
}

export async function answerOf (asked) {
  let response
  try {
    response = await asked
  } catch {
    throw new Refused(0)
  }
  const text = await response.text()
  const isJson = text && /json/.test(response.headers.get('Content-Type') ?? '')
  const body = isJson ? JSON.parse(text) : null
  if (!response.ok) throw new Refused(response.status, body?.detail ?? '')
  return body
}

export function membersSide (token) {
  const ask = (method, path, body) => answerOf(fetch(`/api/v1/anonymity/${path}`, {
    method,
    credentials: 'same-origin',
    cache: 'no-store',
    redirect: 'error',
    headers: {
      'X-CSRFToken': token,
      ...(body === undefined ? {} : { 'Content-Type': 'application/json' })
    },
    body: body === undefined ? undefined : JSON.stringify(body)
  }))
  return {
    epochs: () => ask('GET', 'epochs'),
    issue: (epoch, scope, blinded) => ask('POST', 'issue', { epoch, scope, blinded }),
    choose: keep => ask('PUT', 'choice', { keep }),
    choice: () => ask('GET', 'choice'),
    async vault () {
      try {
        return (await ask('GET', 'vault')).blob
      } catch (refusal) {
        if (refusal.status === 404) return null
        throw refusal
      }
    },
    putVault: blob => ask('PUT', 'vault', { blob }),
    emptyVault: () => ask('DELETE', 'vault')
  }
}


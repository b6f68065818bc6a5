// What this device keeps, a record per account that is used on it. Nothing is made before there is something to keep.
const NAME = 'bw-voices'
const TABLE = 'records'

const done = request => new Promise((resolve, reject) => {
  request.onsuccess = () => resolve(request.result)
  request.onerror = () => reject(request.error)
})

async function isThere () {
  if (!indexedDB.databases) return true
  return (await indexedDB.databases()).some(found => found.name === NAME)
}

async function within (mode, act) {
  const asked = indexedDB.open(NAME, 1)
  asked.onupgradeneeded = () => asked.result.createObjectStore(TABLE, { keyPath: 'mark' })
  const db = await done(asked)
  try {
    const change = db.transaction(TABLE, mode)
    const over = new Promise((resolve, reject) => {
      change.oncomplete = resolve
      change.onabort = change.onerror = () => reject(change.error)
    })
    const found = await done(act(change.objectStore(TABLE)))
    await over
    return found
  } finally {
    db.close()
  }
}

export const all = async () => await isThere() ? within('readonly', table => table.getAll()) : []
export const get = async mark => await isThere() ? await within('readonly', table => table.get(mark)) ?? null : null
export const put = record => within('readwrite', table => table.put(record))

// The last record takes the database with it.
export async function forget (mark) {
  if (!await isThere()) return
  await within('readwrite', table => table.delete(mark))
  if (!(await all()).length) await done(indexedDB.deleteDatabase(NAME))
}

// Sentences in the reader's language; the page holds them, see room.html.
const holder = () => document.getElementById('review-words').dataset

/** Return a sentence, with what stands in {braces} filled in. */
export function say (name, values = {}) {
  const text = holder()[name] ?? name
  return text.replace(/\{(\w+)\}/g, (whole, key) => values[key] ?? whole)
}

/** What the server says of the one who reads: `code` (of the reviewer), `csrf`. */
export const about = name => holder()[name]

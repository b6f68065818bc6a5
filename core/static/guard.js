// The guard in the browser: marks what gives somebody away while it is typed, before anything is sent.
// It reads the same forms as the server (guard.json) and marks the same; a test compares both. Nothing typed here
// leaves the page, nothing is ever held up, and the writer's own details stay in this browser until they are forgotten.
const LONGEST = 12000;
const PAUSE_MS = 400;
const OWN = "guard.own";
const NOT_AN_ADDRESS = /\b(?:bus|route|buses|the|number|no)\.? $/i;
const STREET_WORD = /[A-Za-z][A-Za-z'’.-]{0,24}/y;
const CARD = /^(?:4[0-9]{12}(?:[0-9]{3}){0,2}|(?:5[1-5]|2[2-7])[0-9]{14}|3[47][0-9]{13}|3(?:0[0-5]|[68][0-9])[0-9]{11}|6(?:011|5[0-9]{2}|4[4-9][0-9])[0-9]{12}|(?:5[0678]|6[0-9])[0-9]{14,17})$/;

const letters = (text) => text.replace(/[^A-Za-z]/g, "").toLowerCase();
const digitsOf = (text) => text.replace(/[^0-9]/g, "");

/** The further checks of the forms, by name: each returns where the mark ends, or 0. See core/giveaways.py for why. */
const RULES = {
  plate(match, end, known) {
    return (match[0].split(" ").length === 3 && known.short.has(match[0].slice(-3).toLowerCase())) ? 0 : end;
  },
  old_plate(match, end, known) {
    const found = letters(match[0]);
    return known.short.has(found.slice(-3)) || known.short.has(found.slice(0, 3)) ? 0 : end;
  },
  named_plate(match, end, known) {
    const found = letters(match[1]);
    return known.short.has(found) || ["am", "pm", "a"].includes(found) ? 0 : end;
  },
  phone(match, end) {
    const written = match[0].replace(/^\(+/, "");
    let digits = digitsOf(written);
    const isForeign = written[0] === "+" || digits.startsWith("00");
    if (isForeign) digits = digits.replace(/^0+/, "");
    if (isForeign && !digits.startsWith("44")) return digits.length >= 8 && digits.length <= 15 ? end : 0;
    if (!isForeign && !digits.startsWith("0")) return 0;
    const national = digits.replace(isForeign ? /^44/ : /^0/, "").replace(/^0+/, "");
    return national.length >= 9 && national.length <= 10 && !"389".includes(national[0]) ? end : 0;
  },
  card(match, end) {
    const digits = digitsOf(match[0]);
    const sum = [...digits].reverse().reduce((all, digit, at) => {
      const doubled = Number(digit) * (1 + (at % 2));
      return all + doubled - (doubled > 9 ? 9 : 0);
    }, 0);
    return CARD.test(digits) && sum % 10 === 0 ? end : 0;
  },
  street(match, end, known, text) {
    if (NOT_AN_ADDRESS.test(text.slice(Math.max(0, match.index - 12), match.index))) return 0;
    const words = [];
    let at = end;
    while (words.length < 4) {
      STREET_WORD.lastIndex = at;
      const word = STREET_WORD.exec(text);
      if (!word) return 0;
      const last = word.index + word[0].length;
      const low = word[0].toLowerCase().replace(/\.+$/, "");
      if (words.length && known.street.has(low) && (words.length === 1 || words.every((one) => /^[A-Z]/.test(one)))) return last;
      if (known.notBeforeStreet.has(low) || text[last] !== " ") return 0;
      words.push(word[0]);
      at = last + 1;
    }
    return 0;
  },
};

/** Make the forms ready from what guard.json holds. */
export function prepare(data) {
  return {
    digits: data.digits,
    short: new Set(data.short),
    street: new Set(data.street),
    notBeforeStreet: new Set(data.not_before_street),
    forms: data.forms.map((one) => ({ ...one, pattern: new RegExp(one.pattern, one.ignore_case ? "dgi" : "dg") })),
  };
}

/** Findings in the order of the text, without those that begin inside another. */
function apart(found) {
  const kept = [];
  for (const one of found.sort((a, b) => a.start - b.start || b.end - a.end)) {
    if (!kept.length || one.start >= kept[kept.length - 1].end) kept.push(one);
  }
  return kept;
}

const folded = (text, known) => text.replace(/[٠-٩۰-۹০-৯]/g, (digit) => known.digits[digit]);

function* matches(text, known) {
  for (const form of known.forms) {
    for (const match of text.matchAll(form.pattern)) {
      const [start, last] = match.indices[form.group ?? 0] ?? match.indices[0];
      const check = RULES[form.rule];
      const end = check ? check(match, last, known, text) : last;
      if (end) yield { code: form.kind, start, end };
    }
  }
}

/** Everything in a text that has the form of something private. */
export function scan(text, known) {
  return apart([...matches(folded(text.slice(0, LONGEST), known), known)]);
}

const plain = (text) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

/** How one of the writer's own details may be written: blanks and stops between its parts do not matter. */
function ownPattern(name, value) {
  const tidy = (name === "street" ? value.replace(/^\s*(?:flat\s+)?[0-9]+[a-z]?,?\s+/i, "") : value).trim();
  const parts = /[0-9]/.test(tidy) ? [...tidy.replace(/[^\p{L}\p{M}\p{N}]/gu, "")] : tidy.split(/[^\p{L}\p{M}\p{N}]+/u).filter(Boolean);
  if (parts.join("").length < 3) return null;
  const between = /[0-9]/.test(tidy) ? "[ .()-]{0,2}" : "[ ,.-]{1,3}";
  const whole = parts.map(plain).join(between);
  // Of a name each part gives somebody away, too.
  const alone = name === "name" ? parts.filter((part) => part.length > 2).map(plain) : [];
  return new RegExp(`(?<![\\p{L}\\p{N}])(?:${[whole, ...alone].join("|")})(?![\\p{L}\\p{M}\\p{N}])`, "giu");
}

/** Where a text has one of the writer's own details. */
export function scanOwn(text, own, known) {
  const read = folded(text.slice(0, LONGEST), known);
  const found = [];
  for (const [name, value] of Object.entries(own)) {
    const pattern = ownPattern(name, folded(value, known));
    if (!pattern) continue;
    for (const match of read.matchAll(pattern)) found.push({ code: "own", start: match.index, end: match.index + match[0].length });
  }
  return found;
}

/** All that is marked in a text; an own detail goes before a form, for its writer knows that it is true. */
export function look(text, own, known) {
  const mine = apart(scanOwn(text, own, known));
  const others = scan(text, known).filter((one) => !mine.some((other) => one.start < other.end && other.start < one.end));
  return apart([...mine, ...others]);
}

function kept() {
  try {
    return JSON.parse(localStorage.getItem(OWN) ?? "{}");
  } catch {
    return {}; // A browser that keeps nothing for sites; all else works there.
  }
}

/** What is written in one part of a page, and the panel that says what was found in it. */
class Guard {
  constructor(root, parts, known) {
    Object.assign(this, { root, parts, known, own: kept(), timer: null, before: null, signs: "" });
    const panel = parts.content.cloneNode(true).firstElementChild;
    const after = this.fields().at(-1);
    (after.closest(".bw-field") ?? after).after(panel);
    this.panel = panel;
    panel.addEventListener("click", (event) => this.pressed(event));
    panel.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" || !event.target.matches("[data-guard-own]")) return;
      event.preventDefault(); // Enter in a field would send the form around it.
      this.keep();
    });
    this.showOwn();
    this.run();
  }

  part(name) {
    return this.panel.querySelector(`[data-guard-${name}]`);
  }

  fields() {
    return [...this.root.querySelectorAll("input[name=title], textarea:not([data-guard-kept-text])")].filter((field) => !field.readOnly);
  }

  typed() {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => {
      if (window.requestIdleCallback) window.requestIdleCallback(() => this.run(), { timeout: 1000 });
      else this.run();
    }, PAUSE_MS);
  }

  run() {
    const found = this.fields().flatMap((field) => look(field.value, this.own, this.known).map((one) => ({ ...one, field })));
    const list = this.part("list");
    const signs = JSON.stringify(found.map(({ code, field, start, end }) => [code, field.name, start, field.value.slice(start, end)]));
    // The same lines are left alone: one of their buttons may have the focus.
    if (signs !== this.signs) list.replaceChildren(...found.map((one) => this.line(one)));
    this.signs = signs;
    this.part("found").hidden = found.length === 0 && this.before === null;
    this.part("some").hidden = found.length === 0;
    this.part("back").hidden = this.before === null;
    const said = found.length ? list.dataset.count.replace("COUNT", found.length) : "";
    const status = this.part("status");
    if (status.textContent !== said) status.textContent = said;
  }

  line({ code, field, start, end }) {
    const line = this.part("line").content.cloneNode(true).firstElementChild;
    const words = field.value.slice(start, end);
    line.querySelector("mark").textContent = words;
    line.querySelector("span").textContent = this.panel.querySelector(`[data-advice=${code}]`)?.textContent ?? "";
    const button = line.querySelector("button");
    button.setAttribute("aria-label", `${button.textContent.trim()}: ${words}`);
    button.addEventListener("click", () => this.leaveOut(field, words, start));
    return line;
  }

  leaveOut(field, words, start) {
    if (field.value.slice(start, start + words.length) !== words) return this.run();
    this.before = { field, value: field.value };
    field.setRangeText(this.part("list").dataset.leftOut, start, start + words.length, "end");
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.run();
    this.part("back").focus();
  }

  pressed(event) {
    const button = event.target.closest("button");
    if (button === this.part("back")) this.putBack();
    else if (button === this.part("keep")) this.keep();
    else if (button === this.part("forget")) this.forget();
    else if (button === this.part("police")) this.forPolice();
  }

  putBack() {
    const { field, value } = this.before;
    this.before = null;
    field.value = value;
    field.dispatchEvent(new Event("input", { bubbles: true }));
    this.run();
    field.focus();
  }

  owned() {
    return [...this.panel.querySelectorAll("input[data-guard-own]")];
  }

  showOwn() {
    for (const input of this.owned()) input.value = this.own[input.dataset.guardOwn] ?? "";
    this.part("forget").hidden = Object.keys(this.own).length === 0;
  }

  keep() {
    this.own = Object.fromEntries(this.owned().map((input) => [input.dataset.guardOwn, input.value.trim()]).filter(([, value]) => value));
    let said = "kept";
    try {
      localStorage.setItem(OWN, JSON.stringify(this.own));
    } catch {
      said = "notKept";
    }
    this.say(said);
    this.part("forget").hidden = Object.keys(this.own).length === 0;
    this.run();
  }

  forget() {
    this.own = {};
    try {
      localStorage.removeItem(OWN);
    } catch {
      // Nothing was ever kept.
    }
    this.showOwn();
    this.say("forgotten");
    this.run();
    this.owned()[0].focus();
  }

  say(name) {
    const told = this.part("told");
    told.textContent = told.dataset[name];
  }

  /** Show the text to copy, outside the form, so that no button near it posts it. */
  forPolice() {
    const form = this.root.closest("form") ?? this.root;
    form.parentElement.querySelector("[data-guard-kept]")?.remove();
    const shown = this.part("kept-parts").content.cloneNode(true).firstElementChild;
    const text = shown.querySelector("textarea");
    text.value = this.fields().map((field) => field.value.trim()).filter(Boolean).join("\n\n");
    form.after(shown);
    shown.querySelector("[data-guard-copy]").addEventListener("click", async () => {
      text.select();
      const told = shown.querySelector("[data-guard-copied]");
      try {
        await navigator.clipboard.writeText(text.value);
        told.textContent = told.dataset.copied;
      } catch {
        told.textContent = told.dataset.failed;
      }
    });
    shown.querySelector("[data-guard-close]").addEventListener("click", () => {
      shown.remove();
      this.fields().at(-1).focus();
    });
    shown.querySelector("h2").focus();
  }
}

const guards = new WeakMap();
let known = null;

/** Watch the fields of one part of a page; parts come anew when the answer to an upload replaces the page. */
function attach(root) {
  const parts = document.querySelector("template[data-guard-parts]");
  if (guards.has(root) || !known || !parts || !root.querySelector("textarea")) return guards.get(root);
  const guard = new Guard(root, parts, known);
  guards.set(root, guard);
  return guard;
}

function attachAll() {
  for (const root of document.querySelectorAll("[data-guard]")) attach(root);
}

async function start() {
  const parts = document.querySelector("template[data-guard-parts]");
  if (!parts) return;
  const answer = await fetch(parts.dataset.forms, { credentials: "omit" });
  known = prepare(await answer.json());
  attachAll();
  new MutationObserver(attachAll).observe(document.body, { childList: true });
}

document.addEventListener("input", (event) => {
  const root = event.target.closest?.("[data-guard]");
  if (root && !event.target.matches("[data-guard-own]")) attach(root)?.typed();
});
start().catch(() => {}); // Without the forms the page is as it is without scripts: the server looks in any case.

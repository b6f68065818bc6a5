// Saves what is being written as a draft on the server, so that a closed tab loses nothing; and keeps the button true.
// Everything listens on the document, for the main part of a page is exchanged after an upload.
const PAUSE_MS = 2000;
const LONGEST_MS = 8000;
let timer = null;
let running = null;

const draftForm = (part) => part?.closest?.("form[data-draft]");

/** The form without its files: those are sent by a button only, and once. */
function contents(form) {
  const data = new FormData(form);
  for (const input of form.querySelectorAll("input[type=file]")) data.delete(input.name);
  data.set("draft", "auto");
  return data;
}

function tell(form, name) {
  const status = form.querySelector("[data-draft-status]");
  if (status) status.textContent = status.dataset[name];
}

async function save(form) {
  const options = { method: "POST", body: contents(form), redirect: "error", signal: AbortSignal.timeout(LONGEST_MS) };
  try {
    const answer = await fetch(form.getAttribute("action")?.split("#")[0] || window.location.pathname, options);
    tell(form, answer.ok ? "saved" : "failed");
  } catch {
    tell(form, "failed");
  }
}

function begin(form) {
  timer = null;
  if (form.isConnected && !form.dataset.sent) running = save(form).finally(() => { running = null; });
}

function typed(event) {
  const form = draftForm(event.target);
  if (!form || event.target.type === "file") return;
  form.dataset.touched = "yes";
  clearTimeout(timer);
  timer = setTimeout(() => begin(form), PAUSE_MS);
}

document.addEventListener("input", typed);
document.addEventListener("change", (event) => {
  const form = event.target.form;
  if (event.target.type === "file") return showNextSlot(event.target);
  if (event.target.name !== "tier") return;
  const button = form?.querySelector("[data-post-button]");
  const words = button?.getAttribute(`data-to-${event.target.value}`);
  if (!words) return;
  button.querySelector("span").textContent = words;
  form.elements.shown_tier.value = event.target.value;
});

// A draft that is still on its way could arrive after the post and stay: let it arrive first.
document.addEventListener("submit", (event) => {
  const form = draftForm(event.target);
  if (!form) return;
  clearTimeout(timer);
  timer = null;
  if (!running) return;
  event.preventDefault();
  event.stopImmediatePropagation();
  running.finally(() => form.requestSubmit(event.submitter));
}, true);

// The tab is closed or put away within the pause: send what there is.
function leaving() {
  if (timer === null) return;
  clearTimeout(timer);
  timer = null;
  const form = document.querySelector("form[data-draft][data-touched]");
  if (form) navigator.sendBeacon(form.getAttribute("action")?.split("#")[0] || window.location.pathname, contents(form));
}
window.addEventListener("pagehide", leaving);
document.addEventListener("visibilitychange", () => { if (document.visibilityState === "hidden") leaving(); });

/** One empty place for a file is enough until it is filled. */
function showNextSlot(input) {
  if (input.files.length) input.closest(".bw-slot")?.nextElementSibling?.removeAttribute("hidden");
}
function hideSlots() {
  for (const slot of document.querySelectorAll(".bw-slot + .bw-slot:not([data-seen])")) {
    slot.dataset.seen = "yes";
    slot.hidden = !slot.querySelector(".is-invalid");
  }
}
hideSlots();
new MutationObserver(hideSlots).observe(document.body, { childList: true });

// Two seconds of looking at a page count as having read it; without this script there is the button.
const form = document.querySelector("form[data-read-mark]");
let waiting;

async function send() {
  document.removeEventListener("visibilitychange", watch);
  const answer = await fetch(form.action, {
    method: "POST",
    body: new FormData(form),
    keepalive: true,
    headers: { "X-Requested-With": "fetch" },
  }).catch(() => null);
  if (answer?.status === 204) form.hidden = true;
}

function watch() {
  clearTimeout(waiting);
  if (document.visibilityState === "visible") waiting = setTimeout(send, 2000);
}

if (form) {
  document.addEventListener("visibilitychange", watch);
  watch();
}

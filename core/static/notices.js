// Lets a member ask to be told on this device. Without scripts, or where a browser cannot, nothing of it is shown.
const card = document.querySelector("[data-push]");
const start = card?.querySelector("[data-push-start]");
const canPush = "serviceWorker" in navigator && "PushManager" in window && "Notification" in window;

const bytes = (text) => {
  const padded = text.replace(/-/g, "+").replace(/_/g, "/") + "=".repeat((4 - (text.length % 4)) % 4);
  return Uint8Array.from(atob(padded), (letter) => letter.charCodeAt(0));
};

const ask = async () => {
  const worker = await navigator.serviceWorker.register(card.dataset.worker);
  const options = { userVisibleOnly: true, applicationServerKey: bytes(card.dataset.push) };
  const found = await worker.pushManager.subscribe(options);
  const form = new FormData();
  form.set("endpoint", found.endpoint);
  form.set("csrf_token", document.querySelector("input[name=csrf_token]")?.value ?? "");
  const answer = await fetch(card.dataset.endpoint, { method: "POST", body: form, credentials: "same-origin" });
  if (answer.ok) {
    location.reload();
  } else {
    card.querySelector("[data-push-said]").textContent = await answer.text();
    await found.unsubscribe();
  }
};

if (card && start && canPush) {
  card.hidden = false;
  start.hidden = false;
  start.addEventListener("click", () => {
    start.disabled = true;
    ask()
      .catch(() => {
        card.querySelector("[data-push-said]").textContent = card.dataset.failed;
      })
      .finally(() => {
        start.disabled = false;
      });
  });
}

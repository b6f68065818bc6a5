// The button always says who will read the post; without this script the server asks once more instead.
const form = document.querySelector("form:has([data-post-button])");
const button = form?.querySelector("[data-post-button]");
form?.addEventListener("change", (event) => {
  if (event.target.name !== "tier") return;
  const words = button.getAttribute(`data-to-${event.target.value}`);
  if (!words) return;
  button.querySelector("span").textContent = words;
  form.elements.shown_tier.value = event.target.value;
});

// Shows that there is something new. A knock carries no words, so there are none to show.
self.addEventListener("push", (event) => {
  event.waitUntil(self.registration.showNotification("Something new for you", { tag: "new" }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow("/account/notices/inbox"));
});

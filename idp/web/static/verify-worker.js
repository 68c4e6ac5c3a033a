// Keeps the page that checks cards, its keys and its list, for when there is no connection. KEPT (addresses) stands in
// the line that the server writes above. With a connection everything is fetched anew.
"use strict";
const STORE = "cards";
const paths = new Map(KEPT.map((address) => {
  const url = new URL(address, self.location.origin);
  return [url.pathname, url.href];
}));

self.addEventListener("install", (event) => {
  event.waitUntil(caches.open(STORE).then((store) => store.addAll(KEPT)).then(() => self.skipWaiting()));
});

self.addEventListener("activate", (event) => {
  const tidy = async () => {
    const store = await caches.open(STORE);
    const held = await store.keys();
    const wanted = new Set(paths.values());
    await Promise.all(held.filter((one) => !wanted.has(one.url)).map((one) => store.delete(one)));
    await self.clients.claim();
  };
  event.waitUntil(tidy());
});

self.addEventListener("fetch", (event) => {
  const url = new URL(event.request.url);
  const known = paths.get(url.pathname);
  if (event.request.method !== "GET" || url.origin !== self.location.origin || !known) return;
  const answer = async () => {
    const store = await caches.open(STORE);
    try {
      const fresh = await fetch(event.request);
      if (fresh.ok && fresh.url === known) await store.put(known, fresh.clone());
      return fresh;
    } catch (error) {
      const kept = await store.match(known);
      if (kept) return kept;
      throw error;
    }
  };
  event.respondWith(answer());
});

// Fingers: finds the devices on this computer, hands them the server's request and the server their signed answer. It
// decides nothing itself. Without this file each finger is given as a file.
"use strict";
(() => {
  const box = document.querySelector("[data-fingers]");
  if (!box) return;
  const panel = document.querySelector("[data-device]");
  const hint = panel.querySelector("[data-hint]");
  const live = panel.querySelector("canvas");
  const list = panel.querySelector("select");
  const next = panel.querySelector("[data-next]");
  const search = panel.querySelector("[data-search]");
  const token = document.querySelector("[name=csrf_token]").value;
  const single = Array.from(box.querySelectorAll("[data-one]"));
  const PORT = "device-port";
  const AT_ONCE = 10;
  const GRACE_MS = 5000;
  const FIND_MS = 2000;
  const MOST_BYTES = 4 << 20; // of a picture that a device streams
  let devices = [];
  let busy = false;

  const words = (name) => {
    const found = document.querySelector(`[data-all-words] [data-words="${CSS.escape(name)}"]`);
    return found ? found.textContent : "";
  };
  const say = (text, bad) => {
    hint.textContent = text;
    hint.className = `hint-now ${bad ? "is-bad" : ""}`;
  };
  const enable = () => {
    for (const button of [next, ...single]) if (button) button.disabled = busy;
    search.disabled = busy;
  };

  const ask = async (port, verb, path, body, patience) => {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`, {
      method: verb,
      body,
      headers: { "Content-Type": "application/json" },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(patience),
    });
    if (!answer.ok) throw new Error("answer");
    return answer.text();
  };

  const found = async (port) => {
    try {
      const told = JSON.parse(await ask(port, "MOSIPDISC", "/device", '{"type":"Finger"}', FIND_MS));
      return told
        .filter((one) => one.purpose === "Registration")
        .map((one) => ({ port, id: one.deviceId, code: one.deviceCode, status: one.deviceStatus, sensors: one.deviceSubId || ["0"] }));
    } catch (problem) {
      return [];
    }
  };

  const look = async () => {
    if (busy) return;
    busy = true;
    enable();
    say(words("searching"));
    const kept = Number(localStorage.getItem(PORT));
    devices = kept ? await found(kept) : [];
    for (let port = Number(box.dataset.first); !devices.length && port <= Number(box.dataset.last); port += AT_ONCE) {
      const few = Array.from({ length: Math.min(AT_ONCE, Number(box.dataset.last) - port + 1) }, (_, index) => found(port + index));
      devices = (await Promise.all(few)).flat();
    }
    list.replaceChildren(...devices.map((one, index) => new Option(`${one.code} (${one.id})`, index)));
    list.closest("[data-devices]").hidden = devices.length < 2;
    if (devices.length) localStorage.setItem(PORT, devices[0].port);
    say(words(devices.length ? (next ? "ready" : "") : "none"), !devices.length);
    busy = false;
    enable();
  };

  const post = async (address, fields, blocks) => {
    const body = blocks ? new FormData() : new URLSearchParams();
    for (const [name, value] of [["csrf_token", token], ["script", "1"], ...fields]) body.append(name, value);
    if (blocks) body.set("blocks", new Blob([blocks], { type: "application/json" }), "blocks.json");
    const answer = await fetch(address, { method: "POST", body, credentials: "same-origin" });
    const told = await answer.json();
    if (answer.ok) return told;
    if (answer.status === 401) say(words("signin"), true);
    else say(words(`hint-${told.about}`) || words(`code-${told.code}`) || words("refused"), true);
    return null;
  };

  // The first error of an answer, as the interface numbers them; "" where there is none.
  const fault = (text) => {
    try {
      const blocks = JSON.parse(text).biometrics || [];
      return blocks.map((one) => String(one.error.errorCode)).find((code) => code !== "0") || "";
    } catch (problem) {
      return "";
    }
  };

  // What the device sees meanwhile, part by part of its stream; a device without one captures all the same.
  const watch = async (device, sensor, signal) => {
    const body = JSON.stringify({ deviceId: device.id, deviceSubId: sensor, timeout: "60000" });
    const headers = { "Content-Type": "application/json" };
    const answer = await fetch(`http://127.0.0.1:${device.port}/stream`, { method: "STREAM", body, headers, credentials: "omit", signal });
    const reader = answer.ok ? answer.body.getReader() : null;
    let held = new Uint8Array(0);
    while (reader && held.length < MOST_BYTES) {
      const { done, value } = await reader.read();
      if (done) return;
      const joined = new Uint8Array(held.length + value.length);
      joined.set(held);
      joined.set(value, held.length);
      held = joined;
      const head = new TextDecoder("latin1").decode(held.subarray(0, 2048));
      const start = head.indexOf("\r\n\r\n") + 4;
      const size = Number((/content-length: *(\d+)/i.exec(head.slice(0, start)) || [0, 0])[1]);
      if (start < 4 || !size || held.length < start + size) continue;
      const picture = await createImageBitmap(new Blob([held.subarray(start, start + size)]));
      held = held.slice(start + size);
      if (signal.aborted) return;
      live.width = picture.width;
      live.height = picture.height;
      live.getContext("2d").drawImage(picture, 0, 0);
      live.hidden = false;
    }
  };

  const captured = async (device, positions, sensor) => {
    const asked = await post(box.dataset.request, [["device", device.id], ["sensor", sensor], ...positions.map((one) => ["position", one])]);
    if (!asked) return;
    say(words("capturing").replace("{seconds}", asked.seconds));
    let blocks = "";
    const watching = new AbortController();
    watch(device, sensor, watching.signal).catch(() => {});
    try {
      blocks = await ask(device.port, "RCAPTURE", "/capture", asked.request, asked.seconds * 1000 + GRACE_MS);
    } catch (problem) {
      say(words(problem.name === "TimeoutError" ? "code-DEV-TIMEOUT" : "code-DEV-NOTFOUND"), true);
      return;
    } finally {
      watching.abort();
      live.hidden = true;
    }
    const wrong = fault(blocks);
    if (wrong) {
      say(words(`device-${wrong}`) || words("device-other"), true);
      return;
    }
    say(words("sending"));
    const told = await post(box.dataset.answer, [["transaction", asked.transaction]], blocks);
    if (told) location.assign(told.go);
  };

  const capture = async (wanted, sensor) => {
    if (!devices.length) await look();
    const device = devices[Number(list.value) || 0];
    if (busy || !device || !wanted.length) return;
    busy = true;
    enable();
    const whole = device.sensors.includes(sensor);
    const positions = whole ? wanted : wanted.slice(0, 1);
    const part = whole ? sensor : device.sensors.find((one) => one === "0") || device.sensors[0];
    try {
      await captured(device, positions, part);
    } catch (problem) {
      say(words("lost"), true);
    }
    busy = false;
    enable();
  };

  // The sensor that sees one finger: any, where there is one, else that of its hand or of the thumbs.
  const sensorOf = (position) => (position.endsWith("thumb") ? "3" : position.startsWith("left") ? "1" : "2");

  const upcoming = box.dataset.upcoming ? box.dataset.upcoming.split(" ") : [];
  for (const position of upcoming) document.getElementById(`slot-${position}`).classList.add("is-next");
  if (next) next.addEventListener("click", () => capture(upcoming, box.dataset.sensor));
  for (const button of single) button.addEventListener("click", () => capture([button.dataset.one], sensorOf(button.dataset.one)));
  search.addEventListener("click", look);
  panel.hidden = false;
  for (const button of single) button.hidden = false;
  enable();
  // A computer that never had a device is not searched for one at every page.
  if (localStorage.getItem(PORT)) look();
  else if (next) say(words("first"));

  // While the comparison runs: look again, unless somebody is typing here.
  const waiting = document.querySelector("[data-waiting]");
  if (waiting) setTimeout(() => document.activeElement.closest("form") || location.reload(), 3000);
})();

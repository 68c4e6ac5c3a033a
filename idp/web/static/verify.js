// Checks a card on this device, by the rules of `enrollment.card`: Base45, zlib, COSE_Sign1, claim 169, its time, and
// the signed list of cards that are not good. Nothing that is scanned leaves the device. Without this file the form is
// sent and the server checks.
"use strict";
(() => {
  const box = document.querySelector("[data-verify]");
  if (!box || !window.crypto || !crypto.subtle || typeof DecompressionStream === "undefined") return;
  const SIGNS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ $%*+-./:";
  const MOST_PLAIN = 1 << 16;
  const MOST_LIST = 1 << 24;
  const LIST_CLAIM = Number(box.dataset.claim);
  const MARK = Number(box.dataset.mark);
  const GROUPS = [[1, "revoked"], [2, "suspended"], [3, "deceased"]];
  const FORMS = { 0: "png", 1: "jpeg", 4: "webp" };
  const KINDS = {
    ES256: { key: { name: "ECDSA", namedCurve: "P-256" }, how: { name: "ECDSA", hash: "SHA-256" }, members: ["kty", "crv", "x", "y"] },
    EdDSA: { key: { name: "Ed25519" }, how: { name: "Ed25519" }, members: ["kty", "crv", "x"] },
  };
  class Fault extends Error {}
  const fail = (reason) => { throw new Fault(reason); };
  const bad = () => fail("malformed");

  // Base45 (RFC 9285).
  const bytesOf = (text) => {
    const out = [];
    for (let at = 0; at < text.length; at += 3) {
      const values = [...text.slice(at, at + 3)].map((sign) => SIGNS.indexOf(sign));
      if (values.length === 1 || values.includes(-1)) bad();
      const number = values.reduce((sum, value, place) => sum + value * 45 ** place, 0);
      if (number >= 256 ** (values.length - 1)) bad();
      if (values.length === 3) out.push(number >> 8);
      out.push(number & 255);
    }
    return new Uint8Array(out);
  };

  // CBOR (RFC 8949): maps become Map, tags stay tags; whole numbers beyond 2^53 are none that a card has.
  const BREAK = Symbol("break");
  class Tagged { constructor(tag, value) { this.tag = tag; this.value = value; } }
  const read = (content) => {
    const view = new DataView(content.buffer, content.byteOffset, content.byteLength);
    let place = 0;
    const taken = (count) => {
      if (count > content.length - place) bad();
      place += count;
      return content.subarray(place - count, place);
    };
    const number = (extra) => {
      if (extra < 24) return extra;
      if (extra > 27) bad();
      const value = taken(1 << (extra - 24)).reduce((sum, byte) => sum * 256 + byte, 0);
      return Number.isSafeInteger(value) ? value : bad();
    };
    const text = (bytes) => {
      try { return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes); } catch { return bad(); }
    };
    const string = (major, extra) => {
      if (extra !== 31) { const one = taken(number(extra)); return major === 2 ? one : text(one); }
      const parts = [];
      for (let first = taken(1)[0]; first !== 255; first = taken(1)[0]) {
        if (first >> 5 !== major || (first & 31) === 31) bad();
        const part = taken(number(first & 31));
        if (major === 3) text(part);
        parts.push(...part);
      }
      const whole = new Uint8Array(parts);
      return major === 2 ? whole : text(whole);
    };
    const simple = (extra) => {
      if (extra === 31) return BREAK;
      if (extra >= 20 && extra <= 23) return [false, true, null, null][extra - 20];
      let value = NaN;
      if (extra === 25) {
        const half = view.getUint16((taken(2), place - 2));
        const power = (half >> 10) & 31;
        const part = half & 1023;
        value = (half >> 15 ? -1 : 1) * (power === 0 ? part * 2 ** -24 : power === 31 ? NaN : (1 + part / 1024) * 2 ** (power - 15));
      } else if (extra === 26) value = view.getFloat32((taken(4), place - 4));
      else if (extra === 27) value = view.getFloat64((taken(8), place - 8));
      return Number.isFinite(value) ? value : bad();
    };
    const sized = (extra, depth, add) => {
      const count = extra === 31 ? Infinity : number(extra);
      for (let index = 0; index < count; index += 1) {
        const one = item(depth + 1);
        if (one === BREAK) { if (count === Infinity) return; bad(); }
        add(one);
      }
    };
    const item = (depth) => {
      if (depth > 16) bad();
      const first = taken(1)[0];
      const [major, extra] = [first >> 5, first & 31];
      if (major === 7) return simple(extra);
      if (major === 2 || major === 3) return string(major, extra);
      if (major === 4) { const list = []; sized(extra, depth, (one) => list.push(one)); return list; }
      if (major === 5) {
        const map = new Map();
        sized(extra, depth, (key) => {
          if (!(Number.isInteger(key) && whole.has(place)) && typeof key !== "string") bad();
          if (map.has(key)) bad();
          const value = item(depth + 1);
          map.set(key, value === BREAK ? bad() : value);
        });
        return map;
      }
      const value = number(extra);
      if (major === 6) { const inner = item(depth + 1); return new Tagged(value, inner === BREAK ? bad() : inner); }
      whole.add(place);
      return major === 0 ? value : -1 - value;
    };
    // Where a whole number ended: 1.0 is no key, though to this language it is 1.
    const whole = new Set();
    const value = item(0);
    return value === BREAK || place !== content.length ? bad() : value;
  };
  const head = (major, count) => {
    if (count < 24) return [(major << 5) | count];
    if (count < 256) return [(major << 5) | 24, count];
    if (count < 65536) return [(major << 5) | 25, count >> 8, count & 255];
    return [(major << 5) | 26, count >>> 24, (count >> 16) & 255, (count >> 8) & 255, count & 255];
  };
  const joined = (...parts) => {
    const out = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
    parts.reduce((at, part) => { out.set(part, at); return at + part.length; }, 0);
    return out;
  };

  // RFC 1950 section 2.2, without a dictionary.
  const deflated = ([first, second]) => (first & 15) === 8 && first >> 4 <= 7 && !(second & 32) && ((first << 8) | second) % 31 === 0;
  // RFC 7932 section 9.1 and 9.2: a window, then a block of plain text of a card's size.
  const maybeBrotli = (content) => {
    if (content.length < 4) return false;
    const bits = content[0] + content[1] * 2 ** 8 + content[2] * 2 ** 16 + content[3] * 2 ** 24;
    const some = (at, count) => Math.floor(bits / 2 ** at) % 2 ** count;
    let place = !some(0, 1) ? 1 : some(1, 3) ? 4 : 7;
    const last = some(place, 1);
    if (some(0, 7) === 17 || (last && some(place + 1, 1))) return false;
    place += 1 + last;
    return !some(place, 2) && some(place + 2, 16) + 17 >= content.length;
  };
  const inflated = async (content, most) => {
    const reader = new Blob([content]).stream().pipeThrough(new DecompressionStream("deflate")).getReader();
    const parts = [];
    let size = 0;
    for (;;) {
      const { done, value } = await reader.read().catch(bad);
      if (done) return joined(...parts);
      size += value.length;
      if (size > most) { reader.cancel().catch(() => {}); fail("too-large"); }
      parts.push(value);
    }
  };

  // COSE_Sign1 (RFC 9052) around a CBOR web token (RFC 8392).
  const opened = async (content, most) => {
    const plain = deflated(content) ? await inflated(content, most) : content;
    let value;
    try { value = read(plain); } catch { fail(plain === content && maybeBrotli(content) ? "compression" : "malformed"); }
    return parsed(value);
  };
  const parsed = (value) => {
    for (let tags = 0; tags < 4 && value instanceof Tagged; tags += 1) {
      if ([16, 96].includes(value.tag)) fail("encrypted");
      if (![55799, 61, 18].includes(value.tag)) bad();
      value = value.value;
    }
    if (!Array.isArray(value) || value.length !== 4) bad();
    const [guarded, open, payload, signature] = value;
    if (![guarded, payload, signature].every((part) => part instanceof Uint8Array) || !(open instanceof Map)) bad();
    const header = guarded.length ? read(guarded) : new Map();
    let claims = read(payload);
    while (claims instanceof Tagged && claims.tag === 61) claims = claims.value;
    if (!(header instanceof Map) || !(claims instanceof Map) || header.has(2)) bad();
    if ([...header.keys()].some((key) => open.has(key))) bad();
    const kid = header.has(4) ? header.get(4) : open.get(4);
    if (kid !== undefined && kid !== null && !(kid instanceof Uint8Array)) bad();
    const algorithm = { "-7": "ES256", "-9": "ES256", "-8": "EdDSA", "-19": "EdDSA" }[header.get(1)];
    const name = new TextEncoder().encode("Signature1");
    const bytes = (part) => [head(2, part.length), part];
    const signed = joined(head(4, 4), head(3, name.length), name, ...bytes(guarded), ...bytes(new Uint8Array()), ...bytes(payload));
    return { algorithm, kid: kid || null, claims, signed, signature };
  };
  const hex = (bytes) => [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  const signer = async (envelope, keys) => {
    for (const one of keys.filter((key) => key.alg === envelope.algorithm)) {
      const kind = KINDS[one.alg];
      try {
        const plain = Object.fromEntries(kind.members.map((name) => [name, one[name]]));
        const key = await crypto.subtle.importKey("jwk", plain, kind.key, false, ["verify"]);
        if (await crypto.subtle.verify(kind.how, key, envelope.signature, envelope.signed)) return { key: one, known: true };
      } catch { fail("unable"); }
    }
    return { key: null, known: envelope.kid !== null && keys.some((one) => one.kid === hex(envelope.kid)) };
  };
  const moment = (claims, key) => {
    if (!claims.has(key)) return null;
    let value = claims.get(key);
    if (value instanceof Tagged && value.tag === 1) value = value.value;
    return typeof value === "number" ? value : bad();
  };
  const texts = (map, key) => {
    const value = map.get(key);
    if (value === undefined || value === null) return "";
    return ["string", "number"].includes(typeof value) ? String(value) : bad();
  };

  const checked = async (text, keys, list, now) => {
    if (text.length > MOST_PLAIN) fail("too-large");
    const envelope = await opened(bytesOf(text), MOST_PLAIN);
    const person = envelope.claims.get(169);
    if (!(person instanceof Map)) bad();
    const [until, from] = [4, 5, 6].map((key) => moment(envelope.claims, key));
    if ([1, 2].some((key) => envelope.claims.has(key) && typeof envelope.claims.get(key) !== "string")) bad();
    const card = { until, ...told(person) };
    if (!envelope.signature.length) fail("unsigned");
    if (!envelope.algorithm) fail("algorithm");
    const found = await signer(envelope, keys);
    if (!found.key) fail(found.known ? "signature" : "unknown-key");
    if (until !== null && now >= until) fail("expired");
    if (from !== null && now < from) fail("not-yet-valid");
    const serial = envelope.claims.get(7);
    if (!(serial instanceof Uint8Array)) fail("unknown-card");
    const mark = hex(new Uint8Array(await crypto.subtle.digest("SHA-256", serial)).subarray(0, MARK));
    const reason = list ? list.marks.get(mark) : undefined;
    if (reason) fail(reason);
    return { card, stale: !list || now >= list.until };
  };
  const told = (person) => {
    const faces = person.get(62) || [];
    const first = Array.isArray(faces) ? faces[0] : faces;
    let picture = null;
    if (first instanceof Map && first.get(0) instanceof Uint8Array && FORMS[first.get(2)]) {
      picture = `data:image/${FORMS[first.get(2)]};base64,${btoa(String.fromCharCode(...first.get(0)))}`;
    }
    const parts = [5, 6, 7].map((key) => texts(person, key)).filter(Boolean);
    const born = texts(person, 8);
    const number = texts(person, 1);
    return {
      name: texts(person, 4) || parts.join(" "),
      number: /^\d{16}$/.test(number) ? number.replace(/(\d{4})(?=\d)/g, "$1 ") : number,
      born: /^\d{6}(\d\d)?$/.test(born) ? [born.slice(0, 4), born.slice(4, 6), born.slice(6)].filter(Boolean).join("-") : born,
      sex: { 1: "male", 2: "female" }[texts(person, 9)] || "unspecified",
      nationality: texts(person, 13),
      picture,
    };
  };

  // What the device keeps.
  const state = { keys: [], list: null };
  const listed = async (content, keys) => {
    const envelope = await opened(content, MOST_LIST);
    const groups = envelope.claims.get(LIST_CLAIM);
    if (!(await signer(envelope, keys)).key || !(groups instanceof Map)) bad();
    const marks = new Map();
    GROUPS.forEach(([number, reason]) => {
      const all = groups.get(number) || new Uint8Array();
      for (let at = 0; at + MARK <= all.length; at += MARK) marks.set(hex(all.subarray(at, at + MARK)), reason);
    });
    return { marks, made: moment(envelope.claims, 6), until: moment(envelope.claims, 4) };
  };
  const fetched = async () => {
    // The list first: a key that is younger than the keys at hand may have signed it.
    const content = new Uint8Array(await (await fetch(box.dataset.list)).arrayBuffer());
    const keys = (await (await fetch(box.dataset.keys)).json()).keys;
    Object.assign(state, { keys, list: await listed(content, keys) });
  };

  // The page.
  const all = box.querySelector("[data-all-words]").content;
  const words = (name) => { const found = all.querySelector(`[data-name="${CSS.escape(name)}"]`); return found ? found.textContent : ""; };
  const language = document.documentElement.lang.replace(/^en$/, "en-GB");
  const day = (seconds, more) => new Intl.DateTimeFormat(language, { dateStyle: "long", ...more }).format(new Date(seconds * 1000));
  const part = (name) => box.querySelector(`[data-${name}]`);
  const stateLine = part("state");
  const show = (title, text, card) => {
    part("title").textContent = words(title);
    part("words").textContent = text;
    part("verdict").classList.toggle("done", Boolean(card));
    const age = part("age");
    age.hidden = !state.list;
    if (state.list) age.textContent = `${words("age")} ${day(state.list.made, { timeStyle: "short" })}.`;
    const shown = part("card");
    shown.hidden = !card;
    if (card) {
      const field = (name) => shown.querySelector(`[data-f="${name}"]`);
      for (const name of ["name", "number", "born", "nationality"]) field(name).textContent = card[name];
      field("sex").textContent = words(card.sex);
      field("until").textContent = card.until === null ? "" : day(card.until);
      field("picture").hidden = !card.picture;
      field("nopicture").hidden = Boolean(card.picture);
      if (card.picture) field("picture").src = card.picture;
      else field("picture").removeAttribute("src");
    }
    const result = part("result");
    result.hidden = false;
    result.scrollIntoView({ block: "nearest" });
  };
  const check = async (text) => {
    try {
      const { card, stale } = await checked(text.replace(/^[\r\n\t]+|[\r\n\t]+$/g, ""), state.keys, state.list, Date.now() / 1000);
      show("good", words(stale ? "stale-words" : "good-words"), card);
    } catch (error) {
      const reason = error instanceof Fault ? error.message : "malformed";
      show(reason, words(`${reason}-words`) || words("malformed-words"), null);
    }
  };

  const form = part("form");
  form.addEventListener("submit", (event) => {
    const input = form.querySelector("[name=card]");
    // Without keys, or without anything to check, the server answers.
    if (!state.keys.length || !input.value.trim()) return;
    event.preventDefault();
    // A handheld scanner writes into the field again at once; on a phone the keyboard would hide the answer.
    check(input.value).then(() => (matchMedia("(pointer: fine)").matches ? input.select() : input.blur()));
  });

  const camera = async () => {
    if (!("BarcodeDetector" in window)) return;
    const forms = await BarcodeDetector.getSupportedFormats().catch(() => []);
    if (!forms.includes("qr_code")) return;
    const detector = new BarcodeDetector({ formats: ["qr_code"] });
    part("camera").hidden = false;
    const [live, scan, stop] = [part("live"), part("scan"), part("stop")];
    const video = live.querySelector("video");
    let stream = null;
    const end = () => {
      if (stream) stream.getTracks().forEach((track) => track.stop());
      stream = null;
      live.hidden = stop.hidden = true;
      scan.hidden = false;
    };
    const look = async () => {
      if (!stream) return;
      const [found] = await detector.detect(video).catch(() => []);
      if (found) { end(); await check(found.rawValue); return; }
      setTimeout(look, 150);
    };
    scan.hidden = !navigator.mediaDevices;
    scan.addEventListener("click", async () => {
      try {
        stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment", width: { ideal: 1920 } } });
      } catch { stateLine.textContent = words("nocamera"); return; }
      video.srcObject = stream;
      live.hidden = stop.hidden = false;
      scan.hidden = true;
      await video.play();
      look();
    });
    stop.addEventListener("click", end);
    part("picture").addEventListener("change", async (event) => {
      const [file] = event.target.files;
      if (!file) return;
      const [found] = await createImageBitmap(file).then((image) => detector.detect(image)).catch(() => []);
      if (found) await check(found.rawValue);
      else stateLine.textContent = words("nocode");
    });
  };

  const begin = async () => {
    try {
      await fetched();
      let kept = false;
      if ("serviceWorker" in navigator) {
        await navigator.serviceWorker.register(box.dataset.worker, { scope: box.dataset.scope });
        kept = Boolean(await navigator.serviceWorker.ready);
      }
      stateLine.textContent = kept ? `${words("ready")} ${day(state.list.made, { timeStyle: "short" })}.` : "";
    } catch { stateLine.textContent = words("unready"); }
    box.dataset.ready = state.keys.length ? "yes" : "no";
    await camera();
  };
  begin();
})();

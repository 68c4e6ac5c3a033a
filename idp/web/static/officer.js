// The staff's pages: every field is saved as soon as it is typed, one request at a time, and kept in this window until
// the server has it; shortcuts; whether there is a connection. Without this file each section has a button that saves.
"use strict";
(() => {
  const PAUSE_MS = 300;
  const AGAIN_MS = [1000, 2000, 5000, 10000];
  const words = (name) => {
    const found = document.querySelector(`[data-all-words] [data-words="${name}"]`);
    return found ? found.textContent : "";
  };
  const line = document.querySelector("[data-saving]");
  const waiting = new Map(); // first input of a group -> the form to save it with; a later change replaces an earlier one
  let busy = false;
  let tries = 0;
  let timer = 0;
  let stuck = false;
  let sending = null; // a form whose button was pressed while a field of it was on its way

  const say = (text, bad, link) => {
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("is-bad", Boolean(bad));
    if (link) {
      const anchor = document.createElement("a");
      anchor.href = link;
      anchor.target = "_blank";
      anchor.rel = "noopener";
      anchor.textContent = words("open");
      line.append(" ", anchor);
    }
  };

  const groupOf = (input) => {
    const group = input.closest("[data-group]");
    if (group) return Array.from(group.querySelectorAll("[name]"));
    return Array.from(input.form.querySelectorAll(`[name="${CSS.escape(input.name)}"]`));
  };

  const bodyOf = (inputs, form) => {
    const body = new URLSearchParams({ csrf_token: form.elements.csrf_token.value, script: "1" });
    body.set("version", form.elements.version.value);
    for (const input of inputs) {
      if ((input.type !== "checkbox" && input.type !== "radio") || input.checked) body.append(input.name, input.value);
    }
    return body;
  };

  const showFault = (input, problem) => {
    const line = document.getElementById(`${input.name}-wrong`);
    if (!line) return;
    line.textContent = problem ? words(`problem-${problem}`) : "";
    line.hidden = !problem;
    const field = line.closest(".field");
    if (field) field.toggleAttribute("data-wrong", Boolean(problem));
    if (problem) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  };

  const accept = (told, form, inputs) => {
    form.elements.version.value = told.version;
    for (const [name, status] of Object.entries(told.statuses)) {
      const text = words(`status-${status}`);
      for (const place of document.querySelectorAll(`[data-status="${name}"], [data-short="${name}"]`)) place.textContent = text;
      const item = document.querySelector(`[data-section="${name}"]`);
      if (item) item.className = `is-${status}`;
    }
    for (const input of inputs) showFault(input, input.value ? told.faults[input.name] : null);
    if (!waiting.size) {
      const count = words("count").replace("{done}", told.done).replace("{needed}", told.needed);
      say(`${words("saved").replace("{time}", told.at)} · ${count}`);
    }
  };

  const later = () => {
    const pause = AGAIN_MS[Math.min(tries, AGAIN_MS.length - 1)];
    tries += 1;
    say(words("waiting").replace("{count}", waiting.size), true);
    clearTimeout(timer);
    timer = setTimeout(flush, pause);
  };

  const flush = async () => {
    if (busy || stuck || !waiting.size) return;
    busy = true;
    const [first, form] = waiting.entries().next().value;
    waiting.delete(first);
    const inputs = groupOf(first);
    say(words("saving"));
    try {
      const answer = await fetch(form.action, { method: "POST", body: bodyOf(inputs, form), credentials: "same-origin", keepalive: true });
      const told = await answer.json();
      if (answer.ok) {
        tries = 0;
        accept(told, form, inputs);
      } else {
        if (!waiting.has(first)) waiting.set(first, form);
        if (answer.status === 401) {
          say(words("signin"), true, told.sign_in);
          clearTimeout(timer);
          timer = setTimeout(flush, 5000);
        } else if (answer.status >= 500) {
          later();
        } else {
          stuck = true;
          say(words(answer.status === 409 ? "conflict" : "refused"), true);
        }
        busy = false;
        return;
      }
    } catch (problem) {
      if (!waiting.has(first)) waiting.set(first, form);
      busy = false;
      later();
      return;
    }
    busy = false;
    if (sending) sending.submit();
    else if (waiting.size) flush();
  };

  const note = (input) => {
    if (!input.name || input.type === "hidden") return;
    const first = groupOf(input)[0];
    waiting.set(first, input.form);
    if (!tries && !stuck) say(words("saving")); // "saved" never stands beside something that is not
    clearTimeout(timer);
  };

  for (const form of document.querySelectorAll("form[data-autosave]")) {
    form.addEventListener("input", (event) => {
      note(event.target);
      timer = setTimeout(flush, PAUSE_MS);
    });
    form.addEventListener("change", (event) => {
      note(event.target);
      flush();
    });
    form.addEventListener("submit", (event) => {
      waiting.clear();
      if (!busy) return;
      event.preventDefault();
      sending = form;
    });
  }
  // Leaving the page must not wait for an answer: what is typed goes out at once, and only what cannot is asked about.
  window.addEventListener("beforeunload", (event) => {
    if (waiting.size && (tries || stuck || !navigator.onLine)) event.preventDefault();
  });
  window.addEventListener("pagehide", () => {
    for (const [first, form] of waiting) {
      const body = bodyOf(groupOf(first), form);
      body.delete("version");
      fetch(form.action, { method: "POST", body, credentials: "same-origin", keepalive: true });
    }
    waiting.clear();
  });
  document.addEventListener("visibilitychange", flush);

  const net = document.querySelector("[data-net]");
  const connected = () => {
    if (!net) return;
    net.classList.toggle("is-off", !navigator.onLine);
    net.querySelector("[data-words=online]").hidden = !navigator.onLine;
    net.querySelector("[data-words=offline]").hidden = navigator.onLine;
    if (navigator.onLine) flush();
  };
  window.addEventListener("online", connected);
  window.addEventListener("offline", connected);
  connected();

  const heads = () => Array.from(document.querySelectorAll(".part > h2[id]"));
  const show = (id) => {
    const head = document.getElementById(id);
    if (!head) return false;
    const details = head.parentElement.querySelector("details");
    if (id === "exceptions" && details) details.open = true;
    head.focus();
    head.scrollIntoView();
    return true;
  };
  document.addEventListener("keydown", (event) => {
    const all = heads();
    if (event.ctrlKey && !event.altKey && event.key.toLowerCase() === "k") {
      const link = document.querySelector("[data-shortcut=find]");
      if (link) {
        event.preventDefault();
        link.click();
      }
    } else if (event.key === "F2" && all.length) {
      event.preventDefault();
      const here = document.activeElement;
      const now = all.findIndex((head) => head === here || head.parentElement.contains(here));
      show(all[(now + (event.shiftKey ? all.length - 1 : 1)) % all.length].id);
    } else if (event.key === "F4" && document.querySelector("[data-shortcut=capture]")) {
      event.preventDefault();
      document.querySelector("[data-shortcut=capture]").click();
    } else if (event.key === "F6" && show("exceptions")) {
      event.preventDefault();
    } else if (event.key === "F9" && show("sign")) {
      event.preventDefault();
    }
  });
  const printer = document.querySelector("[data-print]");
  if (printer) {
    printer.hidden = false;
    printer.addEventListener("click", () => window.print());
  }
})();

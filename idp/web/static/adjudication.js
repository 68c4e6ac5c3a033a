// The workbench: zoom, mirror and points without a new page, both pictures moved together, and keys. Without this file
// every tool is a button that loads the page again; nothing is lost by that either.
"use strict";
(() => {
  const bench = document.querySelector("[data-bench]");
  if (!bench) return;
  const panes = Array.from(document.querySelectorAll("[data-pane]"));
  const tool = (name) => document.querySelector(`[data-tool="${name}"]`);
  const field = (name) => bench.querySelector(`input[type="hidden"][name="${name}"]`);
  const press = (button, on) => button.setAttribute("aria-pressed", String(on));
  const isOn = (button) => button.getAttribute("aria-pressed") === "true";
  const ZOOMS = ["1", "2", "4"];

  // How far a picture is moved, as shares of what can be moved; the middle stays the middle when it grows.
  const shares = (pane) => [
    pane.scrollWidth > pane.clientWidth ? pane.scrollLeft / (pane.scrollWidth - pane.clientWidth) : 0.5,
    pane.scrollHeight > pane.clientHeight ? pane.scrollTop / (pane.scrollHeight - pane.clientHeight) : 0.5,
  ];
  const move = (pane, [across, down]) => {
    pane.scrollLeft = across * (pane.scrollWidth - pane.clientWidth);
    pane.scrollTop = down * (pane.scrollHeight - pane.clientHeight);
  };

  let led = null; // the picture that is being moved: the other one follows and does not answer back
  const linked = tool("linked");
  for (const pane of panes) {
    for (const event of ["pointerdown", "wheel", "keydown", "focus", "touchstart"]) {
      pane.addEventListener(event, () => { led = pane; }, { passive: true });
    }
    pane.addEventListener("scroll", () => {
      if (!linked || !isOn(linked) || (led && led !== pane)) return;
      for (const other of panes) {
        const turned = other.classList.contains("is-mirrored") !== pane.classList.contains("is-mirrored");
        const [across, down] = shares(pane);
        if (other !== pane) move(other, [turned ? 1 - across : across, down]);
      }
    });
  }
  if (linked && panes.length === 2) {
    linked.hidden = false;
    linked.addEventListener("click", () => press(linked, !isOn(linked)));
  }

  const tools = {
    zoom: (button) => {
      const next = ZOOMS[(ZOOMS.indexOf(field("zoom").value) + 1) % ZOOMS.length];
      for (const pane of panes) {
        const before = shares(pane);
        pane.classList.remove("zoom-1", "zoom-2", "zoom-4");
        pane.classList.add(`zoom-${next}`);
        move(pane, before);
      }
      field("zoom").value = next;
      button.textContent = button.dataset.text.replace("{times}", next);
    },
    mirrored: (button) => {
      const on = !isOn(button);
      for (const pane of panes) if (pane.dataset.pane === "right") pane.classList.toggle("is-mirrored", on);
      field("mirrored").value = on ? "1" : "";
      press(button, on);
    },
    points: (button) => {
      const on = !isOn(button);
      for (const pane of panes) pane.dataset.points = on ? "on" : "off";
      field("points").value = on ? "1" : "";
      press(button, on);
    },
  };
  for (const [name, act] of Object.entries(tools)) {
    const button = tool(name);
    if (!button) continue;
    button.addEventListener("click", (event) => {
      // Points that the page came without are the server's to draw.
      if (name === "points" && !document.querySelector(".points")) return;
      event.preventDefault();
      act(button);
    });
  }

  // Keys act unless somebody types or moves in a control of their own; who does not want them switches them off.
  const NAME = "adjudication-keys";
  const shown = document.querySelectorAll("[data-keys]");
  const keys = tool("keys");
  let wish = "on";
  try {
    wish = localStorage.getItem(NAME) || wish;
  } catch (problem) {
    // Nothing may be kept in this browser: the wish holds for this page.
  }
  const listening = () => wish !== "off";
  const tell = () => {
    for (const part of shown) part.hidden = !listening();
    press(keys, listening());
  };
  if (keys) {
    document.querySelector("[data-switch]").hidden = false;
    keys.addEventListener("click", () => {
      wish = listening() ? "off" : "on";
      try {
        localStorage.setItem(NAME, wish);
      } catch (problem) {
        // As above.
      }
      tell();
    });
    tell();
  }
  const neighbour = (list, step) => {
    const items = Array.from(document.querySelectorAll(`${list} li:not([aria-hidden])`));
    const now = items.findIndex((item) => item.querySelector("[aria-current]"));
    const next = items[now + step];
    return next ? next.querySelector("button") : null;
  };
  document.addEventListener("keydown", (event) => {
    if (!listening() || event.ctrlKey || event.altKey || event.metaKey) return;
    const here = event.target;
    if (!(here instanceof Element) || here.closest("select, textarea, input:not([type=radio])")) return;
    const radio = here.matches("input[type=radio]");
    const step = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    let wanted = null;
    if (/^[1-4]$/.test(event.key)) {
      const chosen = bench.querySelector(`[data-key="${event.key}"]`);
      if (chosen) {
        chosen.checked = true;
        if (radio) chosen.focus();
        const said = document.querySelector("[data-said]");
        said.textContent = bench.querySelector(`label[for="${chosen.id}"]`).firstChild.textContent;
        event.preventDefault();
      }
      return;
    }
    if (step && event.shiftKey) wanted = neighbour("[data-strip]", step);
    else if (step && !radio && !here.closest("[data-pane]")) wanted = neighbour("[data-candidates]", step);
    else if (event.key.toLowerCase() === "z") wanted = tool("zoom");
    if (wanted) {
      event.preventDefault();
      wanted.click();
    }
  });
})();

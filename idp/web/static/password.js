// A button beside each password field shows what was typed. Without this file the fields work as they are.
"use strict";
(() => {
  const words = document.currentScript.dataset.words;
  for (const field of document.querySelectorAll("input[type=password]:not([data-shown])")) {
    const button = document.createElement("button");
    const show = (on) => {
      field.type = on ? "text" : "password";
      button.setAttribute("aria-pressed", String(on));
    };
    field.dataset.shown = "";
    button.type = "button";
    button.className = "show";
    button.textContent = words;
    button.setAttribute("aria-controls", field.id);
    button.addEventListener("click", () => show(field.type === "password"));
    // Hidden again before it leaves: browsers keep what stood in a text field, and show a page again as it was left.
    field.form.addEventListener("submit", () => show(false));
    window.addEventListener("pagehide", () => show(false));
    show(false);
    field.after(button);
  }
})();

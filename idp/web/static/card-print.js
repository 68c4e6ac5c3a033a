// The button that opens the printer's window; without scripts the browser's own menu does.
"use strict";
(() => {
  const printer = document.querySelector("[data-print]");
  if (!printer) return;
  printer.hidden = false;
  printer.addEventListener("click", () => window.print());
})();

// Names for screen readers. Select2 puts a box of its own beside a select: it gets the select's label. An icon is drawn
// from the letters of its name: beside a text that name is not read.
"use strict";
function label() {
  for (const select of document.querySelectorAll("select.select2-hidden-accessible")) {
    for (const box of select.parentElement.querySelectorAll("[role=combobox], [role=textbox]")) {
      if (select.labels[0]) box.setAttribute("aria-label", select.labels[0].textContent.trim());
    }
  }
  for (const icon of document.querySelectorAll(".material-symbols-outlined:not([aria-hidden])")) {
    if (icon.parentElement.textContent.trim() !== icon.textContent.trim()) icon.setAttribute("aria-hidden", "true");
  }
}
document.addEventListener("DOMContentLoaded", label);
new MutationObserver(label).observe(document, { childList: true, subtree: true });

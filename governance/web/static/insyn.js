// Comforts only: every page works without this file.
"use strict";

// The two panes scroll together, so that the same part of both faces is in view.
const panes = Array.from(document.querySelectorAll(".pane"));
let leading = null;
for (const pane of panes) {
  pane.addEventListener("scroll", () => {
    if (leading && leading !== pane) return;
    leading = pane;
    for (const other of panes) {
      if (other === pane) continue;
      other.scrollLeft = pane.scrollLeft;
      other.scrollTop = pane.scrollTop;
    }
    requestAnimationFrame(() => { leading = null; });
  });
}

// One key enlarges both, one key chooses a step of the scale. Nothing is sent by a key.
const zooms = Array.from(document.querySelectorAll(".zoom input"));
const steps = Array.from(document.querySelectorAll(".scale input"));
if (panes.length) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const now = zooms.findIndex((zoom) => zoom.checked);
    if (event.key === "+" || event.key === "=") enlarge(now + 1);
    if (event.key === "-" || event.key === "−") enlarge(now - 1);
    const step = Number.parseInt(event.key, 10);
    if (step >= 1 && step <= steps.length) {
      steps[step - 1].checked = true;
      steps[step - 1].focus();
    }
  });
}
function enlarge(index) {
  const zoom = zooms[Math.max(0, Math.min(zooms.length - 1, index))];
  if (!zoom) return;
  zoom.checked = true;
  for (const pane of panes) {
    pane.scrollLeft = (pane.scrollWidth - pane.clientWidth) / 2;
    pane.scrollTop = (pane.scrollHeight - pane.clientHeight) / 2;
  }
}

// The queue loads itself anew while somebody has it in view and is doing nothing else on it.
const every = Number.parseInt(document.body.dataset.refresh || "", 10);
if (every) {
  setInterval(() => {
    const busy = document.activeElement && document.activeElement !== document.body && document.activeElement.id !== "main";
    if (!document.hidden && !busy) window.location.reload();
  }, every * 1000);
}

// Stepping through the traces: by click, by key, by button. Without it, the page is complete.
"use strict";
for (const section of document.querySelectorAll("section.trace-section")) {
  const steps = [...section.querySelectorAll("g.step")];
  const rows = [...section.querySelectorAll("tr[data-step]")];
  const panel = section.querySelector(".panel");
  let now = 0;  // 0: before the first step
  const show = (number, focus) => {
    now = Math.max(0, Math.min(steps.length, number));
    for (const row of rows) row.classList.toggle("now", Number(row.dataset.step) === now);
    for (const step of steps) {
      const here = Number(step.dataset.step) === now;
      step.classList.toggle("now", here);
      step.setAttribute("aria-pressed", here);
      if (here && focus) step.focus({preventScroll: true});
      if (here) step.querySelector("circle").scrollIntoView({block: "nearest", inline: "center"});
    }
    const row = rows.find((r) => Number(r.dataset.step) === now);
    panel.replaceChildren();
    const line = document.createElement("div");
    line.textContent = `Step ${now} of ${steps.length}: ${row.dataset.what}`;
    const state = document.createElement("div");
    state.textContent = row.dataset.state;
    const calls = document.createElement("ol");
    for (const at of row.dataset.source.split(" > ").filter(Boolean)) {
      const item = document.createElement("li");
      item.textContent = at;
      calls.append(item);
    }
    panel.append(line, state, calls);
  };
  const moves = {ArrowDown: 1, ArrowRight: 1, j: 1, ArrowUp: -1, ArrowLeft: -1, k: -1,
                 Home: -Infinity, End: Infinity};
  section.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.altKey || event.metaKey || !(event.key in moves)) return;
    event.preventDefault();
    show(now + moves[event.key], true);
  });
  for (const step of steps) {
    step.addEventListener("click", () => show(Number(step.dataset.step), true));
    step.addEventListener("focus", () => show(Number(step.dataset.step), false));
  }
  for (const row of rows) row.addEventListener("click", () => show(Number(row.dataset.step), false));
  section.querySelector(".back").addEventListener("click", () => show(now - 1, false));
  section.querySelector(".on").addEventListener("click", () => show(now + 1, false));
  show(0, false);
}

// The tape of y = x·x + 3x, step by step: forward fills in values, back runs pullbacks and adds to gradients.
"use strict";
(() => {
  const CSS = `
    .tape-widget { text-align: left; }
    .tape-widget table { width: 100%; margin: 0.6em 0; border-collapse: collapse; font-size: 0.9em; table-layout: fixed; }
    .tape-widget th, .tape-widget td {
      padding: 0.3em 0.4em; border: 1px solid currentColor; text-align: left; background: transparent;
      color: inherit; transition: box-shadow 0.3s;
    }
    .tape-widget td { height: 2.2em; }
    .tape-widget .now { box-shadow: inset 0 0 0 3px currentColor; font-weight: bold; }
    .tape-widget .value { background: rgba(74, 125, 189, 0.25); }
    .tape-widget .gradient { background: rgba(217, 130, 43, 0.25); }
    .tape-widget .buttons { display: flex; flex-wrap: wrap; gap: 0.5em; align-items: center; }
    .tape-widget button {
      font: inherit; color: inherit; background: transparent; border: 2px solid currentColor; border-radius: 5px;
      padding: 0.3em 0.8em; min-height: 2.4em; cursor: pointer;
    }
    .tape-widget button[aria-disabled="true"] { opacity: 0.45; cursor: default; border-style: dashed; }
    .tape-widget button:focus-visible, .tape-widget input:focus-visible {
      outline: 3px solid currentColor; outline-offset: 2px;
    }
    .tape-widget label { display: flex; gap: 0.5em; align-items: center; flex: 1 1 12em; }
    .tape-widget input { flex: 1; min-width: 5em; accent-color: currentColor; }
    .tape-widget .says { min-height: 3.2em; margin: 0; }
    @media (prefers-reduced-motion: reduce) { .tape-widget * { transition: none !important; } }`;

  // The entries of the tape: what each is called, how its value comes about, what its pullback does.
  const ENTRIES = [
    { name: "x", operation: "leaf", pullback: "none", value: (x) => x },
    { name: "a", operation: "x · x", pullback: "dx += da · x, dx += x · da", value: (x) => x * x },
    { name: "b", operation: "3 · x", pullback: "dx += 3 · db", value: (x) => 3 * x },
    { name: "y", operation: "a + b", pullback: "da += dy, db += dy", value: (x) => x * x + 3 * x },
  ];
  const [X, A, B, Y] = [0, 1, 2, 3];

  const number = (value) => String(value).replace("-", "−");
  // The number as a second term or factor: negative ones in brackets.
  const inside = (value) => (value < 0 ? `(${number(value)})` : number(value));

  // The steps of the way back. Each says which entry it belongs to and what it adds where.
  const back = (x) => [
    { entry: Y, adds: [[Y, 1]], says: "The seed: the derivative of y by y is 1, so dy = 1." },
    { entry: Y, adds: [[A, 1], [B, 1]], says: "The pullback of y = a + b adds dy = 1 to da and to db." },
    { entry: B, adds: [[X, 3]], says: "The pullback of b = 3·x adds 3·db = 3 to dx." },
    { entry: A, adds: [[X, x]], says: `The pullback of a = x·x, left factor: it adds da·x = ${number(x)} to dx.` },
    { entry: A, adds: [[X, x]], says: `The same pullback, right factor: it adds x·da = ${number(x)} to dx once more.` },
  ];

  const element = (tag, className, text) => {
    const made = document.createElement(tag);
    if (className) made.className = className;
    if (text !== undefined) made.textContent = text;
    return made;
  };

  const build = (root) => {
    root.classList.add("tape-widget");
    root.setAttribute("role", "group");
    root.setAttribute("aria-label", "A tape that runs forward and back");

    const table = element("table");
    const head = table.createTHead().insertRow();
    for (const title of ["value", "pullback", "gradient"]) {
      const cell = element("th", "", title);
      cell.scope = "col";
      head.append(cell);
    }
    const body = table.createTBody();
    const rows = ENTRIES.map(() => {
      const row = body.insertRow();
      return { value: row.insertCell(), pullback: row.insertCell(), gradient: row.insertCell() };
    });

    const says = element("p", "says");
    says.setAttribute("aria-live", "polite");

    const input = element("input");
    Object.assign(input, { type: "range", min: "-4", max: "4", step: "1", value: "2" });
    const shown = element("output");
    const label = element("label", "", "x");
    label.append(input, shown);

    const forwardButton = element("button", "", "forward");
    const backButton = element("button", "", "back");
    const resetButton = element("button", "", "reset");
    const buttons = element("div", "buttons");
    for (const button of [forwardButton, backButton, resetButton]) {
      button.type = "button";
      buttons.append(button);
    }
    buttons.append(label);
    root.append(buttons, table, says);

    let values; // how many entries have a value
    let pulled; // how many steps back were made
    let message;

    const x = () => Number(input.value);

    const draw = () => {
      const steps = back(x());
      const sums = ENTRIES.map(() => []);
      for (const step of steps.slice(0, pulled)) {
        for (const [entry, term] of step.adds) sums[entry].push(term);
      }
      const last = pulled > 0 ? steps[pulled - 1] : undefined;
      rows.forEach((row, i) => {
        const { name, operation, pullback, value } = ENTRIES[i];
        const known = i < values;
        const result = known ? number(value(x())) : "…";
        row.value.textContent = i === X ? `x = ${result}` : `${name} = ${operation} = ${result}`;
        row.value.className = known ? "value" : "";
        row.pullback.textContent = known ? pullback : "";
        row.pullback.className = "";
        const terms = sums[i];
        const total = terms.reduce((sum, term) => sum + term, 0);
        const sum = terms.map((term, at) => (at === 0 ? number(term) : inside(term))).join(" + ");
        const worked = terms.length > 1 ? `${sum} = ${number(total)}` : sum;
        row.gradient.textContent = terms.length > 0 ? `d${name} = ${worked}` : "";
        row.gradient.className = terms.length > 0 ? "gradient" : "";
        if (last === undefined && i === values - 1) row.value.classList.add("now");
        if (last !== undefined) {
          if (last.entry === i && pulled > 1) row.pullback.classList.add("now");
          if (last.adds.some(([entry]) => entry === i)) row.gradient.classList.add("now");
        }
      });
      forwardButton.setAttribute("aria-disabled", String(values === ENTRIES.length));
      backButton.setAttribute("aria-disabled", String(values < ENTRIES.length || pulled === steps.length));
      shown.textContent = number(x());
      says.textContent = message;
    };

    const reset = () => {
      [values, pulled] = [1, 0];
      message = `The tape holds the leaf x = ${number(x())}. Press forward.`;
      draw();
    };

    forwardButton.addEventListener("click", () => {
      if (values === ENTRIES.length) {
        message = "All values are there. Press back.";
      } else {
        const { name, operation, value } = ENTRIES[values];
        message = `Forward: ${name} = ${operation} = ${number(value(x()))}. Its pullback goes on the tape.`;
        values += 1;
      }
      draw();
    });
    backButton.addEventListener("click", () => {
      const steps = back(x());
      if (values < ENTRIES.length) {
        message = "The way back starts at the end. Press forward until y has a value.";
      } else if (pulled === steps.length) {
        message = "The tape is used up.";
      } else {
        message = steps[pulled].says;
        pulled += 1;
        if (pulled === steps.length) message += ` Done: dx = ${number(2 * x() + 3)}, and 2x + 3 says the same.`;
      }
      draw();
    });
    resetButton.addEventListener("click", reset);
    input.addEventListener("input", reset);
    // The page turns to the next chapter on an arrow key; here the arrows move the slider.
    input.addEventListener("keydown", (event) => event.stopPropagation());
    reset();
  };

  if (!document.getElementById("tape-widget-style")) {
    const style = element("style", "", CSS);
    style.id = "tape-widget-style";
    document.head.append(style);
  }
  for (const root of document.querySelectorAll('[data-widget="tape"]')) {
    if (root.childElementCount === 0) build(root);
  }
})();

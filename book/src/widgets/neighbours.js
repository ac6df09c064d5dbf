// One number in a batch of five. Move its neighbours: by the statistics of the batch its result moves, by the running statistics it stays.
(function () {
  "use strict";
  const script = document.currentScript;
  const EPSILON = 0.001;
  const OWN = 1;
  const START = [1, 1, 1, 6];
  const RUNNING = { mean: 2, variance: 4 };

  function element(name, attributes, children) {
    const node = document.createElement(name);
    for (const [key, value] of Object.entries(attributes || {})) node.setAttribute(key, value);
    for (const child of children || []) node.append(child);
    return node;
  }

  function host(name) {
    const waiting = document.querySelector('[data-widget="' + name + '"]:not([data-ready])');
    const place = waiting || element("div", { "data-widget": name });
    if (!waiting) (script ? script.after.bind(script) : document.body.append.bind(document.body))(place);
    place.setAttribute("data-ready", "");
    return place;
  }

  function button(label, act) {
    const node = element("button", { type: "button", style: "padding:0.3em 0.8em" }, [label]);
    node.addEventListener("click", act);
    return node;
  }

  function normal(x, mean, variance) {
    return (x - mean) / Math.sqrt(variance + EPSILON);
  }

  function statistics(batch) {
    const mean = batch.reduce(function (sum, x) { return sum + x; }, 0) / batch.length;
    const squares = batch.map(function (x) { return (x - mean) * (x - mean); });
    const variance = squares.reduce(function (sum, x) { return sum + x; }, 0) / batch.length;
    return { mean: mean, variance: variance };
  }

  const neighbours = START.slice();
  const inputs = [];
  const bars = element("div", {});
  const words = element("p", { "aria-live": "polite" });

  // A scale from -3 to 3 with a mark: shape and text tell the two apart, not the colour alone.
  function scale(name, value, fill) {
    const clipped = Math.min(3, Math.max(-3, value));
    const left = ((clipped + 3) / 6) * 100;
    const line = element("div", {
      style: "position:relative;height:1.6em;border-bottom:2px solid currentColor;margin:0 0.8em",
    });
    line.append(element("div", {
      style: "position:absolute;bottom:0;width:0.9em;height:1.4em;transform:translateX(-50%);left:" + left +
        "%;background:" + fill + ";border:1px solid currentColor",
    }));
    const ends = element("div", { style: "display:flex;justify-content:space-between;font-size:0.85em" },
      [element("span", {}, ["\u22123"]), element("span", {}, ["0"]), element("span", {}, ["3"])]);
    const title = element("div", { style: "margin-top:0.6em" }, [name + ": " + number(value)]);
    return element("div", {}, [title, line, ends]);
  }

  function number(value) {
    return value.toFixed(2).replace("-", "\u2212");
  }

  function draw() {
    const batch = statistics([OWN].concat(neighbours));
    const byBatch = normal(OWN, batch.mean, batch.variance);
    const byRunning = normal(OWN, RUNNING.mean, RUNNING.variance);
    bars.replaceChildren(
      scale("by the batch", byBatch, "rgba(217,130,43,0.6)"),
      scale("by the running statistics", byRunning, "rgba(74,125,189,0.6)"),
    );
    words.textContent =
      "The number is " + OWN + ". The batch has mean " + number(batch.mean) + " and variance " +
      number(batch.variance) + "; the running ones stay at " + RUNNING.mean + " and " + RUNNING.variance +
      ". By the batch the result is " + number(byBatch) + ", by the running statistics " + number(byRunning) + ".";
  }

  function set(values) {
    values.forEach(function (value, i) {
      neighbours[i] = value;
      inputs[i].input.value = value;
      inputs[i].shown.textContent = String(value);
    });
    draw();
  }

  const rows = element("div", {});
  START.forEach(function (value, i) {
    const input = element("input", { type: "range", min: -4, max: 10, step: 1, value: value });
    const shown = element("output", {}, [String(value)]);
    inputs.push({ input: input, shown: shown });
    input.addEventListener("input", function () {
      neighbours[i] = Number(input.value);
      shown.textContent = input.value;
      draw();
    });
    rows.append(element("label", { style: "display:flex;flex-wrap:wrap;gap:0.5em;align-items:center" },
      ["neighbour " + (i + 1), input, shown]));
  });

  const place = host("neighbours");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "One number and its neighbours in a batch");
  place.append(
    rows,
    element("div", { style: "display:flex;flex-wrap:wrap;gap:0.6em;margin:0.4em 0" }, [
      button("As on the page", function () { set(START); }),
      button("All dark", function () { set([-2, -2, -2, -2]); }),
      button("All equal to it", function () { set([OWN, OWN, OWN, OWN]); }),
    ]),
    bars,
    words,
  );
  draw();
})();

// Gradient descent, momentum and Adam on one valley, 25 times as steep across as along. Change the rates and make steps.
(function () {
  "use strict";
  const script = document.currentScript;
  const STEEPNESS = [1, 25];
  const START = [-4, 1];
  const SVG = "http://www.w3.org/2000/svg";
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

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

  // A node of the picture.
  function mark(name, attributes) {
    const node = document.createElementNS(SVG, name);
    for (const [key, value] of Object.entries(attributes)) node.setAttribute(key, value);
    return node;
  }

  function gradient(p) {
    return [STEEPNESS[0] * p[0], STEEPNESS[1] * p[1]];
  }

  function height(p) {
    return (STEEPNESS[0] * p[0] * p[0] + STEEPNESS[1] * p[1] * p[1]) / 2;
  }

  // Each method turns a point and its memory into the next point.
  const methods = [
    {
      name: "descent", rates: [0.01, 0.02, 0.04, 0.06, 0.07, 0.078, 0.082, 0.09], at: 4,
      step: function (p, memory, rate) {
        const g = gradient(p);
        return p.map(function (x, i) { return x - rate * g[i]; });
      },
    },
    {
      name: "momentum", rates: [0.001, 0.003, 0.01, 0.03, 0.07, 0.1, 0.14, 0.16], at: 2,
      step: function (p, memory, rate) {
        const g = gradient(p);
        memory.v = g.map(function (g, i) { return 0.9 * memory.v[i] + g; });
        return p.map(function (x, i) { return x - rate * memory.v[i]; });
      },
    },
    {
      name: "Adam", rates: [0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.6, 1], at: 5,
      step: function (p, memory, rate) {
        const g = gradient(p);
        memory.t += 1;
        memory.m = g.map(function (g, i) { return 0.9 * memory.m[i] + 0.1 * g; });
        memory.v = g.map(function (g, i) { return 0.999 * memory.v[i] + 0.001 * g * g; });
        const unbias1 = 1 - Math.pow(0.9, memory.t);
        const unbias2 = 1 - Math.pow(0.999, memory.t);
        return p.map(function (x, i) {
          return x - (rate * Math.sqrt(unbias2) / unbias1) * memory.m[i] / (Math.sqrt(memory.v[i]) + 1e-8);
        });
      },
    },
  ];

  function x(value) { return 480 + 110 * value; }
  function y(value) { return 86 - 56 * value; }

  function lane(method) {
    const svg = mark("svg", {
      viewBox: "0 0 640 172", role: "img", width: "100%", style: "display:block;max-width:640px",
    });
    for (const level of [0.5, 2, 4.5, 8, 12.5]) {
      const along = Math.sqrt(2 * level);
      svg.append(mark("ellipse", {
        cx: x(0), cy: y(0), rx: 110 * along, ry: 56 * along / 5,
        fill: "none", stroke: "currentColor", "stroke-opacity": 0.3,
      }));
    }
    const cross = "M" + (x(0) - 7) + " " + y(0) + "h14M" + x(0) + " " + (y(0) - 7) + "v14";
    svg.append(mark("path", { d: cross, stroke: "currentColor", "stroke-width": 2 }));
    const path = mark("g", {});
    svg.append(path);
    const input = element("input", { type: "range", min: 0, max: method.rates.length - 1, step: 1, value: method.at });
    const shown = element("output", {});
    const words = element("p", { style: "margin:0.2em 0" });
    const state = { method: method, input: input, shown: shown, words: words, svg: svg, path: path };
    input.addEventListener("input", reset);
    input.setAttribute("aria-label", "learning rate of " + method.name);
    const label = element("label", { style: "display:flex;flex-wrap:wrap;gap:0.5em;align-items:center;margin-top:0.6em" },
      [method.name + ", rate", input, shown]);
    state.node = element("div", {}, [label, svg, words]);
    return state;
  }

  function draw(lane) {
    const clip = function (value, low, high) { return Math.min(high, Math.max(low, value)); };
    const dots = lane.points.map(function (p) { return [clip(x(p[0]), -20, 660), clip(y(p[1]), -20, 192)]; });
    lane.path.replaceChildren(mark("polyline", {
      points: dots.map(function (dot) { return dot[0].toFixed(1) + "," + dot[1].toFixed(1); }).join(" "),
      fill: "none", stroke: "#d9822b", "stroke-width": 2,
    }));
    dots.forEach(function (dot, i) {
      const last = i === dots.length - 1;
      lane.path.append(mark("circle", {
        cx: dot[0], cy: dot[1], r: last ? 7 : 3, fill: "#d9822b", stroke: "currentColor", "stroke-width": last ? 2 : 0,
      }));
    });
    const p = lane.points[lane.points.length - 1];
    const far = height(p) > 1000;
    const number = function (value) { return value.toFixed(3).replace("-", "\u2212"); };
    const text = far
      ? "The height is over 1000: this rate is too large."
      : "x " + number(p[0]) + ", y " + number(p[1]) + ", height " + height(p).toFixed(4);
    lane.words.textContent = text;
    lane.svg.setAttribute("aria-label", lane.method.name + " after " + (lane.points.length - 1) + " steps. " + text);
  }

  const lanes = methods.map(lane);
  const count = element("p", { "aria-live": "polite" });
  let timer = null;
  const play = button("Run", function () {
    if (timer !== null) return stop();
    if (still.matches) return advance(20);
    play.textContent = "Stop";
    timer = window.setInterval(function () {
      advance(1);
      if (60 <= lanes[0].points.length) stop();
    }, 250);
  });

  function stop() {
    window.clearInterval(timer);
    timer = null;
    play.textContent = "Run";
  }

  function advance(steps) {
    for (const lane of lanes) {
      const rate = lane.method.rates[Number(lane.input.value)];
      for (let i = 0; i < steps; i += 1) {
        const p = lane.points[lane.points.length - 1];
        lane.points.push(height(p) > 1e6 ? p : lane.method.step(p, lane.memory, rate));
      }
    }
    show();
  }

  function show() {
    for (const lane of lanes) {
      lane.shown.textContent = String(lane.method.rates[Number(lane.input.value)]);
      draw(lane);
    }
    count.textContent = "Step " + (lanes[0].points.length - 1) + ".";
  }

  function reset() {
    stop();
    for (const lane of lanes) {
      lane.points = [START.slice()];
      lane.memory = { t: 0, m: [0, 0], v: [0, 0] };
    }
    show();
  }

  const place = host("valley");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "Three methods on one valley");
  place.append(
    element("div", { style: "display:flex;flex-wrap:wrap;gap:0.6em;align-items:center" }, [
      button("One step", function () { stop(); advance(1); }),
      button("Ten steps", function () { stop(); advance(10); }),
      play,
      button("From the start", reset),
      count,
    ]),
  );
  for (const lane of lanes) place.append(lane.node);
  reset();
})();

// A kernel walks over a row of six pixels and paints a larger row. The numbers above the line are the taps; each number below the line counts how often that place was painted.
(function () {
  "use strict";
  const script = document.currentScript;
  const PIXELS = 6;

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

  function range(label, low, high, value, change) {
    const input = element("input", { type: "range", min: low, max: high, step: 1, value: value });
    const shown = element("output", {}, [String(value)]);
    input.addEventListener("input", function () {
      shown.textContent = input.value;
      change(Number(input.value));
    });
    const style = "display:flex;flex-wrap:wrap;gap:0.5em;align-items:center";
    return element("label", { style: style }, [label, input, shown]);
  }

  function button(label, act) {
    const node = element("button", { type: "button", style: "padding:0.3em 0.8em" }, [label]);
    node.addEventListener("click", act);
    return node;
  }

  const state = { kernel: 3, stride: 2, painted: 0 };
  let timer = null;
  const still = window.matchMedia("(prefers-reduced-motion: reduce)");

  const picture = element("div", { role: "img" });
  const words = element("p", { "aria-live": "polite" });
  const play = button("Paint all", function () {
    if (timer !== null) return stop();
    if (state.painted === PIXELS) state.painted = 0;
    if (still.matches) {
      state.painted = PIXELS;
      return draw();
    }
    play.textContent = "Stop";
    timer = window.setInterval(function () {
      state.painted += 1;
      draw();
      if (state.painted === PIXELS) stop();
    }, 700);
  });

  function stop() {
    window.clearInterval(timer);
    timer = null;
    play.textContent = "Paint all";
  }

  function move(by) {
    stop();
    state.painted = Math.min(PIXELS, Math.max(0, state.painted + by));
    draw();
  }

  function cell(row, column, text, fill) {
    const style =
      "grid-row:" + row + ";grid-column:" + column + ";border:1px solid currentColor;border-radius:3px;" +
      "text-align:center;overflow:hidden;line-height:1.7;background:" + fill;
    return element("div", { style: style }, [text]);
  }

  function draw() {
    const kernel = state.kernel;
    const stride = state.stride;
    const length = (PIXELS - 1) * stride + kernel;
    const counts = new Array(length).fill(0);
    picture.replaceChildren();
    picture.style.cssText =
      "display:grid;gap:2px;margin:0.8em 0;font-size:0.85em;" +
      "grid-template-columns:repeat(" + length + ",minmax(0,1fr));grid-auto-rows:1.7em";
    for (let pixel = 0; pixel < state.painted; pixel += 1) {
      for (let tap = 0; tap < kernel; tap += 1) {
        const place = pixel * stride + tap;
        counts[place] += 1;
        const fill = pixel === state.painted - 1 ? "rgba(217,130,43,0.45)" : "rgba(217,130,43,0.18)";
        picture.append(cell(pixel + 1, place + 1, String(tap), fill));
      }
    }
    const line = "grid-row:" + (PIXELS + 1) + ";grid-column:1/-1;border-bottom:2px solid currentColor;height:0.8em";
    picture.append(element("div", { style: line }));
    counts.forEach(function (count, place) {
      const fill = "rgba(74,125,189," + Math.min(0.75, 0.15 * count) + ")";
      picture.append(cell(PIXELS + 2, place + 1, String(count), fill));
    });
    picture.setAttribute("aria-label", "Counts of the large row: " + counts.join(", "));

    let text = "Kernel " + kernel + ", stride " + stride + ": " + PIXELS + " pixels become " + length + ". ";
    if (state.painted === 0) {
      text += "Nothing is painted yet.";
    } else if (state.painted < PIXELS) {
      const first = (state.painted - 1) * stride;
      const places = kernel === 1 ? "place " + first : "places " + first + " to " + (first + kernel - 1);
      text += "Pixel " + (state.painted - 1) + " paints " + places + ".";
    } else if (kernel < stride) {
      text += "The kernel is shorter than the stride, so some places stay empty.";
    } else if (kernel % stride === 0) {
      text += "The stride divides the kernel: away from the ends, each place has " + kernel / stride + " products.";
    } else {
      const low = Math.floor(kernel / stride);
      text += "The stride does not divide the kernel: inside, the counts go between " + low + " and " + (low + 1) + ".";
    }
    words.textContent = text;
  }

  const set = function (key) {
    return function (value) {
      stop();
      state[key] = value;
      draw();
    };
  };
  const row = "display:flex;flex-wrap:wrap;gap:0.6em;align-items:center;margin:0.4em 0";
  const place = host("kernel");
  place.setAttribute("role", "group");
  place.setAttribute("aria-label", "A kernel that paints");
  place.append(
    element("div", { style: row }, [
      range("kernel", 1, 5, state.kernel, set("kernel")),
      range("stride", 1, 3, state.stride, set("stride")),
    ]),
    element("div", { style: row }, [
      button("Next pixel", function () { move(1); }),
      button("One back", function () { move(-1); }),
      play,
    ]),
    picture,
    words,
  );
  draw();
})();

// Pictures on canvases: pictures of bytes, maps of numbers in two colours, and lines.

/** A whole number with commas, as people read it. */
const thousands = (number) => String(number).replace(/\B(?=(\d{3})+$)/g, ",");

const element = (id) => document.getElementById(id);

/** A new element with attributes and children. */
function made(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
    else if (value !== false && value !== undefined) node.setAttribute(name, value === true ? "" : value);
  }
  node.append(...children);
  return node;
}

/** Bytes HWC as what a canvas holds. */
function rgba(pixels, height, width, channels) {
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = pixels[i * channels + (channels === 3 ? c : 0)];
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** Draws a picture of bytes, HWC. The style sheet enlarges it. */
function paint(canvas, pixels, [height, width, channels]) {
  canvas.width = width;
  canvas.height = height;
  canvas.getContext("2d").putImageData(rgba(pixels, height, width, channels), 0, 0);
}

/** Draws pictures side by side, `columns` in a row, with a margin of one pixel. */
function paintAll(canvas, pixels, [count, height, width, channels], columns) {
  const rows = Math.ceil(count / columns);
  canvas.width = columns * (width + 1) - 1;
  canvas.height = rows * (height + 1) - 1;
  const context = canvas.getContext("2d");
  const size = height * width * channels;
  for (let i = 0; i < count; i++) {
    const picture = rgba(pixels.subarray(i * size, (i + 1) * size), height, width, channels);
    context.putImageData(picture, (i % columns) * (width + 1), Math.floor(i / columns) * (height + 1));
  }
}

/** Colours of the page, which differ in light and in dark. */
function colours() {
  const style = getComputedStyle(document.documentElement);
  const rgb = (name) => {
    const [, hex] = /^#([0-9a-f]+)$/i.exec(style.getPropertyValue(name).trim());
    const long = hex.length === 3 ? [...hex].map((c) => c + c).join("") : hex;
    return [0, 2, 4].map((at) => parseInt(long.slice(at, at + 2), 16));
  };
  const css = (name) => style.getPropertyValue(name).trim();
  return { plus: rgb("--plus"), minus: rgb("--minus"), none: rgb("--card"), css };
}

/**
 * A map of numbers as a picture: orange above 0, blue below, the more the stronger. Returns RGBA of
 * `height` × `width`.
 */
function heat(values, height, width, most) {
  const { plus, minus, none } = colours();
  const image = new ImageData(width, height);
  for (let i = 0; i < height * width; i++) {
    const strength = most > 0 ? Math.min(1, Math.abs(values[i]) / most) : 0;
    const share = Math.sqrt(strength); // or small numbers could not be seen
    const colour = values[i] < 0 ? minus : plus;
    for (let c = 0; c < 3; c++) image.data[4 * i + c] = none[c] + share * (colour[c] - none[c]);
    image.data[4 * i + 3] = 255;
  }
  return image;
}

/** The largest absolute value. */
const largest = (values) => values.reduce((most, x) => Math.max(most, Math.abs(x)), 0);

/**
 * Draws a map of numbers, each cell enlarged to a square with a + or a − where it is not small, so that
 * the sign can be told without colour.
 */
function paintHeat(canvas, values, height, width, most = largest(values)) {
  const cell = Math.max(1, Math.min(40, Math.floor(336 / width)));
  canvas.width = width * cell;
  canvas.height = height * cell;
  const context = canvas.getContext("2d");
  const small = new OffscreenCanvas(width, height);
  small.getContext("2d").putImageData(heat(values, height, width, most), 0, 0);
  context.imageSmoothingEnabled = false;
  context.drawImage(small, 0, 0, canvas.width, canvas.height);
  if (cell >= 8) marks(context, values, width, cell, most);
}

/** The signs in the cells of a map. */
function marks(context, values, width, cell, most, left = 0, top = 0) {
  const arm = Math.max(1, Math.round(cell / 5));
  context.fillStyle = colours().css("--ink");
  values.forEach((x, i) => {
    if (Math.abs(x) < 0.12 * most || !(most > 0)) return;
    const across = left + (i % width) * cell + cell / 2;
    const down = top + Math.floor(i / width) * cell + cell / 2;
    context.fillRect(across - arm, down - 0.5, 2 * arm, 1);
    if (x > 0) context.fillRect(across - 0.5, down - arm, 1, 2 * arm);
  });
}

/**
 * Lines on a canvas: `lines` has {values, colour, dashed}; all share x, which is `steps`. The scale is from 0 to
 * `top`, or shows 0 and all values.
 */
function paintLines(canvas, steps, lines, top) {
  const scale = Math.min(2, window.devicePixelRatio || 1);
  const width = Math.max(1, canvas.clientWidth);
  const height = Math.max(1, canvas.clientHeight);
  if (canvas.width !== width * scale || canvas.height !== height * scale) {
    canvas.width = width * scale;
    canvas.height = height * scale;
  }
  const context = canvas.getContext("2d");
  const { css } = colours();
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  const left = 34;
  const bottom = height - 18;
  const furthest = (of) => of(...lines.map((line) => line.values.reduce((a, x) => of(a, x || 0), 0)));
  const most = top ?? Math.max(1, furthest(Math.max));
  const least = top === undefined ? furthest(Math.min) : 0;
  const last = steps[steps.length - 1] || 1;
  const x = (step) => left + ((width - left - 6) * step) / last;
  const y = (value) => bottom - ((bottom - 6) * (Math.min(value, most) - least)) / (most - least);
  context.strokeStyle = css("--line");
  context.fillStyle = css("--soft");
  context.font = "12px system-ui, sans-serif";
  context.textBaseline = "middle";
  context.setLineDash([]);
  context.lineWidth = 1;
  for (const value of least < -0.1 * most ? [least, 0, most] : [0, most / 2, most]) {
    context.beginPath();
    context.moveTo(left, y(value));
    context.lineTo(width - 6, y(value));
    context.stroke();
    context.textAlign = "right";
    context.fillText(Math.abs(value) < 10 ? String(Math.round(value * 10) / 10) : String(Math.round(value)), left - 5, y(value));
  }
  context.fillText(`step ${last}`, width - 6, height - 8);
  context.textAlign = "left";
  context.fillText("0", left, height - 8);
  for (const { values, colour, dashed } of lines) {
    context.strokeStyle = css(colour);
    context.lineWidth = 1.6;
    context.setLineDash(dashed ? [6, 4] : []);
    context.beginPath();
    values.forEach((value, i) => {
      if (Number.isFinite(value)) context.lineTo(x(steps[i]), y(value));
    });
    context.stroke();
  }
  context.setLineDash([]);
}

/** The mean absolute difference of bytes. */
function difference(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i] - b[i]);
  return sum / a.length;
}

/** Shows the value of a range beside its label. */
function valued(id, show = (value) => value) {
  const range = element(id);
  let shown = range.parentElement.querySelector(".value");
  if (!shown) {
    shown = made("span", { class: "value", "aria-hidden": "true" }); // the range says its value itself
    range.before(shown);
  }
  const update = () => {
    const text = show(Number(range.value));
    shown.textContent = text;
    range.setAttribute("aria-valuetext", text);
  };
  range.addEventListener("input", update);
  range.addEventListener("shown", update); // the page itself has moved it
  update();
}

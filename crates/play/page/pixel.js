// Part 3: where a pixel comes from.

/** Products of the last layer that are listed. */
const TERMS = 20;

const chosenPixel = () => state.pixel.split(",").map(Number);

function choosePixel(y, x, channel) {
  const most = facts.size - 1;
  const inside = (value) => Math.min(most, Math.max(0, value));
  change({ pixel: [inside(y), inside(x), channel].join(",") });
}

function setUpPixel() {
  const canvas = element("pixel-picture");
  canvas.addEventListener("click", (event) => {
    const place = canvas.getBoundingClientRect();
    const cell = (at, from, size) => Math.floor(((at - from) / size) * facts.size);
    const [, , channel] = chosenPixel();
    choosePixel(cell(event.clientY, place.top, place.height), cell(event.clientX, place.left, place.width), channel);
  });
  canvas.addEventListener("keydown", (event) => {
    const moves = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };
    const move = moves[event.key];
    if (move === undefined) return;
    event.preventDefault();
    const [y, x, channel] = chosenPixel();
    choosePixel(y + move[0], x + move[1], channel);
  });
  for (const id of ["pixel-y", "pixel-x", "pixel-channel"]) {
    element(id).max = String(facts.size - 1);
    element(id).addEventListener("input", () => {
      const value = (id) => Math.round(Number(element(id).value)) || 0;
      choosePixel(value("pixel-y"), value("pixel-x"), value("pixel-channel"));
    });
  }
  element("pixel-channel-label").hidden = facts.channels === 1;
}

/** The name of a layer without that of its network. */
const short = (name) => name.replace("generator/", "");

const signed = (x, digits = 3) => (x < 0 ? "−" : "+") + Math.abs(x).toFixed(digits);
const plain = (x, digits = 3) => (x < 0 ? "−" : "") + Math.abs(x).toFixed(digits);

views.pixel = newest(async () => {
  const [y, x, channel] = chosenPixel().map((value, i) => Math.min(value, i < 2 ? facts.size - 1 : facts.channels - 1));
  if (document.activeElement !== element("pixel-y")) element("pixel-y").value = y;
  if (document.activeElement !== element("pixel-x")) element("pixel-x").value = x;
  element("pixel-channel").value = String(channel);
  const points = await vectors([currentPoint()]);
  const shown = await picturesOf("after", points);
  paint(element("pixel-picture"), ...picture(shown, 0));
  const mark = element("pixel-mark");
  const share = (cells) => `${(100 * cells) / facts.size}%`;
  Object.assign(mark.style, { left: share(x), top: share(y), width: share(1), height: share(1) });
  const bytes = bytesOf(points);
  const question = { do: "pixel", net: "after", bytes, show: 0, y, x, channel, most: TERMS };
  const answer = await engine.ask(question, [bytes]);
  element("pixel-caption").textContent =
    `Row ${y}, column ${x}${facts.channels > 1 ? `, ${["red", "green", "blue"][channel]}` : ""}: ` +
    `brightness ${answer.byte} of 255, of seed ${state.seed}.`;
  const products = answer.sum - answer.bias;
  element("pixel-sum").textContent =
    `${answer.of_terms} products make ${plain(products)}; with the bias ${signed(answer.bias)} that is ` +
    `${plain(answer.sum)}, and tanh(${plain(answer.sum)}) = ${plain(answer.value)} is the brightness ${answer.byte}.`;
  drawSources(answer);
  drawTerms(answer);
});

/** A heat map of what each place of each layer adds to the pixel. */
function drawSources(answer) {
  const figures = answer.layers.map(({ part, name, sum, rest }) => {
    const [, height, width, channels] = answer.shapes[part];
    const values = answer.parts[part];
    const places = new Float32Array(height * width);
    const strength = new Float32Array(channels);
    values.forEach((value, i) => {
      places[Math.floor(i / channels)] += value;
      strength[i % channels] += Math.abs(value);
    });
    const strongest = strength.indexOf(Math.max(...strength));
    const canvas = made("canvas", { role: "img", "aria-label": `What each place of ${short(name)} adds to the pixel` });
    paintHeat(canvas, places, height, width);
    const touched = places.filter((value) => value !== 0).length;
    const words =
      `${short(name)}, ${height}×${width}×${channels}: ${touched} of ${height * width} places, ` +
      `${plain(sum, 2)} in all (later biases ${signed(rest, 2)}); most by channel ${strongest}.`;
    return made("figure", {}, canvas, made("figcaption", {}, words));
  });
  element("pixel-layers").replaceChildren(...figures);
}

/** The largest products of the last layer, and what is left. */
function drawTerms(answer) {
  const head = ["from", "channel", "tap", "activation", "weight", "product"];
  const cell = (tag, text) => made(tag, tag === "th" ? { scope: "col" } : {}, String(text));
  const lines = answer.terms.map((term) => [
    `row ${term.y}, column ${term.x}`,
    term.channel,
    term.tap.join(", "),
    plain(term.activation),
    plain(term.weight),
    signed(term.product),
  ]);
  const total = (name, value) => [name, "", "", "", "", value];
  lines.push(total(`${answer.of_terms - answer.terms.length} more`, signed(answer.rest)));
  lines.push(total("bias", signed(answer.bias)));
  lines.push(total("sum", plain(answer.sum)));
  const table = made(
    "table",
    {},
    made("tr", {}, ...head.map((text) => cell("th", text))),
    ...lines.map((line) => made("tr", {}, ...line.map((text, i) => cell(i === 0 ? "th" : "td", text)))),
  );
  element("pixel-terms").querySelector("div").replaceChildren(table);
}

// Part 5: batch norm by running statistics, or by those of a batch whose neighbours change.

const BATCH = 16;

function setUpNorm() {
  const kind = () => state.neighbours.split(",")[0];
  const number = () => Number(state.neighbours.split(",")[1]);
  for (const which of ["random", "near"]) {
    element(`neighbours-${which}`).addEventListener("change", () => change({ neighbours: `${which},${number()}` }));
  }
  element("norm-other").addEventListener("click", () => change({ neighbours: `${kind()},${(number() % 999998) + 1}` }));
  element("norm-epsilon").addEventListener("input", (event) => change({ epsilon: String(Number(event.target.value)) }));
}

/** A point and 15 neighbours: others, or some close to it. */
async function batchOf(point) {
  const [kind, number] = state.neighbours.split(",");
  const seeds = Array.from({ length: BATCH - 1 }, (_, i) => String(1000000 + 100 * Number(number) + i));
  const others = await vectors(seeds);
  if (kind === "random") return [point, ...others];
  return [point, ...others.map((other) => point.map((x, i) => (i < 100 ? x + 0.15 * other[i] : x)))];
}

views.norm = newest(async () => {
  element(`neighbours-${state.neighbours.split(",")[0]}`).checked = true;
  element("norm-epsilon").value = state.epsilon;
  element("norm-epsilon").dispatchEvent(new Event("shown"));
  const [point] = await vectors([currentPoint()]);
  const batch = await batchOf(point);
  const epsilon = 10 ** Number(state.epsilon);
  const running = await picturesOf("after", batch, { statistics: "running", epsilon });
  const own = await picturesOf("after", batch, { statistics: "batch", epsilon });
  paint(element("norm-running"), ...picture(running, 0));
  paint(element("norm-batch"), ...picture(own, 0));
  paintAll(element("norm-all"), own.pixels, own.shape, 8);
  const change = difference(picture(running, 0)[0], picture(own, 0)[0]);
  element("norm-caption").textContent =
    `The two differ by ${change.toFixed(1)} of 255 grey levels on average. ` +
    (facts.kind === "mlp"
      ? "This generator is fully connected and has no batch norm."
      : "With other neighbours the first stays the same, and the second does not.");
});

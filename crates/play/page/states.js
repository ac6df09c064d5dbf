// Part 6: the same point before, half-way and after.

/** Pictures by which the checkerboard is measured. */
const MEASURED = 32;

/** The states, from the untrained one on. */
const stages = () => [
  // The engine begins convolutional pairs alone, and such that know no classes.
  ...(facts.kind === "dcgan" && facts.classes.length === 0 ? [{ net: "before", words: "untrained" }] : []),
  ...facts.networks.slice(1).map(({ step, precision }, i) => ({ net: `earlier-${i}`, words: `step ${thousands(step)}, ${precision}` })),
  { net: "after", words: `step ${thousands(facts.networks[0].step)}` },
];

function setUpStates() {
  if (facts.networks.length === 1) {
    const how = "The command play takes earlier checkpoints of the training too, by --with.";
    element("states-all").after(made("p", {}, how));
  }
  element("states-all").append(
    ...stages().map(({ net, words }) => {
      const canvas = made("canvas", { id: `state-${net}`, role: "img", "aria-label": `The picture, ${words}` });
      const phases = made("div", { class: "phases", id: `phases-${net}`, role: "img" });
      return made("figure", {}, canvas, made("figcaption", {}, words), phases);
    }),
  );
}

/** A pale picture with so much contrast that one can see it. */
function stretched(pixels) {
  const most = pixels.reduce((most, x) => Math.max(most, Math.abs(x - 127.5)), 0);
  const times = most < 40 ? Math.max(1, Math.floor(100 / most)) : 1;
  return { shown: times > 1 ? pixels.map((x) => 127.5 + times * (x - 127.5)) : pixels, times };
}

const measured = new Set();

views.states = newest(async () => {
  const points = await vectors([currentPoint()]);
  for (const { net, words } of stages()) {
    const [pixels, shape] = picture(await picturesOf(net, points), 0);
    const { shown, times } = stretched(pixels);
    paint(element(`state-${net}`), shown, shape);
    const caption = element(`state-${net}`).nextElementSibling;
    caption.textContent = times > 1 ? `${words}; its contrast is shown ${times} times as strong` : words;
  }
  for (const { net, words } of stages()) {
    if (measured.has(net)) continue;
    await have(net);
    const seeds = Array.from({ length: MEASURED }, (_, i) => i);
    const [where, called] = place(net);
    const { phases } = await where.ask({ do: "phases", net: called, seeds });
    const numbers = phases.map((phase) => phase.toFixed(2));
    const box = element(`phases-${net}`);
    box.replaceChildren(...numbers.map((number) => made("span", {}, number)));
    box.setAttribute("aria-label", `Mean squares by phase, ${words}: ${numbers.join(", ")}`);
    measured.add(net);
  }
});

// Part 7: what a trained generator bears.

/** The choices of the range: bits of a weight; 0 is as it is. */
const BITS = [2, 3, 4, 5, 6, 7, 8, 0];

function setUpBreak() {
  element("break-slope").addEventListener("input", (event) => change({ slope: String(Number(event.target.value)) }));
  element("break-bits").addEventListener("input", (event) => change({ bits: String(Number(event.target.value)) }));
  element("break-biases").append(
    ...layersOfNet.map(({ name }, i) => {
      const box = made("input", { type: "checkbox", id: `bias-${i}`, value: name });
      box.addEventListener("change", () => {
        const bare = [...element("break-biases").querySelectorAll("input:checked")].map((box) => box.value);
        change({ bare: bare.join(",") });
      });
      return made("label", {}, box, ` ${name.replace("generator/", "")}`);
    }),
  );
  element("break-mend").addEventListener("click", () => {
    change({ slope: beginning.slope, bits: beginning.bits, bare: "" });
  });
}

const SHOWN = 9;

views.break = newest(async () => {
  element("break-slope").value = state.slope;
  element("break-bits").value = state.bits;
  for (const id of ["break-slope", "break-bits"]) element(id).dispatchEvent(new Event("shown"));
  const bare = state.bare.split(",").filter((name) => layersOfNet.some((layer) => layer.name === name));
  element("break-biases").querySelectorAll("input").forEach((box) => (box.checked = bare.includes(box.value)));
  const seeds = Array.from({ length: SHOWN - 1 }, (_, i) => String(i));
  const points = await vectors([currentPoint(), ...seeds]);
  const bits = BITS[Number(state.bits)];
  const settings = { slope: Number(state.slope), without_bias: bare, ...(bits ? { bits } : {}) };
  const whole = await picturesOf("after", points);
  const broken = await picturesOf("after", points, settings);
  paintAll(element("break-whole"), whole.pixels, whole.shape, 3);
  paintAll(element("break-broken"), broken.pixels, broken.shape, 3);
  const change = difference(whole.pixels, broken.pixels);
  element("break-caption").textContent = `The pictures have changed by ${change.toFixed(1)} of 255 grey levels on average.`;
});

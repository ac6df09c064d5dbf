// Part 1: a point and its picture.

const sliders = [];

/** The last picture, to be saved. */
let shownPicture = null;

function setUpPoint() {
  const group = element("directions");
  facts.directions.forEach((_, k) => {
    const id = `direction-${k}`;
    const range = made("input", { type: "range", id, min: -4, max: 4, step: 0.1, value: 0 });
    const gain = facts.gains[k].toFixed(1);
    const words = made("span", {}, `Direction ${k + 1}, ${gain} × the change of a random one`);
    const ends = [-4, 4].map((t) => made("canvas", { role: "img", "aria-label": `Picture at ${t}`, width: 1, height: 1 }));
    const label = made("label", {}, words, range);
    group.append(made("div", { class: "direction" }, ends[0], label, ends[1]));
    range.addEventListener("input", () => {
      const z = state.z.split(",");
      z[k] = String(Number(range.value));
      change({ z: z.join(",") });
    });
    sliders.push({ range, ends });
  });
  element("seed").addEventListener("input", () => {
    const seed = element("seed").value.trim();
    const isSeed = /^[0-9]{1,20}$/.test(seed) && BigInt(seed) < 1n << 64n;
    element("seed").setAttribute("aria-invalid", String(!isSeed));
    if (isSeed) change({ seed: String(BigInt(seed)) });
    else say("A seed is a whole number from 0 to 18446744073709551615.");
  });
  element("seed-random").addEventListener("click", () => {
    change({ seed: String(crypto.getRandomValues(new Uint32Array(1))[0] % 100000) });
  });
  element("sliders-reset").addEventListener("click", () => change({ z: beginning.z }));
  element("keep").addEventListener("click", () => {
    const names = [...new Set([...keptPoints(), currentPoint()])].slice(-24);
    change({ kept: names.join(";") });
    say(`The point is kept; ${names.length} are.`);
  });
  element("save-picture").addEventListener("click", async () => {
    if (shownPicture === null) return;
    const [pixels, shape, name] = shownPicture;
    const scale = Math.max(1, Math.floor(256 / shape[1]));
    const { seed, of } = named(name);
    const texts = {
      Software: "dcgan",
      Seed: seed,
      ...(of === "" ? {} : { Class: facts.classes[of] }),
      Step: String(facts.networks[0].step),
      Checkpoint: facts.fingerprint,
      Weights: facts.networks[0].precision,
      State: address(),
    };
    save(await png(pixels, shape, scale, texts), `seed-${seed}${of === "" ? "" : `-class-${of}`}.png`);
    say("The picture is saved, with its seed and state in its text.");
  });
}

views.point = newest(async () => {
  const z = state.z.split(",").map(Number);
  if (element("seed").value.trim() !== state.seed && element("seed").getAttribute("aria-invalid") !== "true") {
    element("seed").value = state.seed;
  }
  sliders.forEach(({ range }, k) => {
    range.value = z[k];
    range.setAttribute("aria-valuetext", z[k].toFixed(1));
  });
  const name = currentPoint();
  const [point] = await vectors([name]);
  const made = await picturesOf("after", [point]);
  shownPicture = [...picture(made, 0), name];
  paint(element("point-picture"), ...picture(made, 0));
  element("point-picture").setAttribute("aria-label", `The picture of ${spoken(name)}`);
  const moved = z.filter((t) => t !== 0).length;
  const how = moved === 0 ? "no slider moved" : `${moved} of 8 sliders moved`;
  showClass();
  const of = facts.classes.length === 0 ? "" : ` class ${classOf(point)}${state.class === "" ? ", its own" : ""},`;
  element("point-caption").textContent = `Seed ${state.seed},${of} ${how}; of step ${thousands(facts.networks[0].step)}.`;
  drawEnds(name);
  drawKept();
});

/** Where the ends of the sliders lead. */
const drawEnds = newest(async (name) => {
  const [point] = await vectors([name]);
  const z = state.z.split(",").map(Number);
  const points = sliders.flatMap((_, k) =>
    [-4, 4].map((t) => {
      const end = Float32Array.from(point);
      along(end, k, t - z[k]);
      return end;
    }),
  );
  const all = await picturesOf("after", points);
  sliders.forEach(({ ends }, k) => ends.forEach((canvas, side) => paint(canvas, ...picture(all, 2 * k + side))));
});

/** The pictures of the points that are kept; a click goes there. */
const drawKept = newest(async () => {
  const list = element("kept");
  const names = keptPoints();
  if (list.dataset.names === names.join(";")) return;
  const points = await vectors(names);
  const all = names.length > 0 ? await picturesOf("after", points) : null;
  const items = names.map((name, i) => {
    const canvas = made("canvas", { role: "img", "aria-label": `picture of ${spoken(name)}` });
    paint(canvas, ...picture(all, i));
    const go = made("button", { type: "button", class: "picture", "aria-label": `Go to ${spoken(name)}` }, canvas);
    go.addEventListener("click", () => {
      const { seed, of, sliders } = named(name);
      change({ seed, class: of, z: sliders ?? beginning.z });
    });
    const forget = made("button", { type: "button", "aria-label": `Forget ${spoken(name)}` }, "forget");
    forget.addEventListener("click", () => {
      change({ kept: keptPoints().filter((other) => other !== name).join(";") });
      element("keep").focus();
    });
    return made("li", {}, go, spoken(name), forget);
  });
  list.dataset.names = names.join(";");
  list.replaceChildren(...items);
});

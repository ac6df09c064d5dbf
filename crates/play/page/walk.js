// Part 2: a walk between two points, and arithmetic of three.

/** How many pictures the strip has. */
const STRIP = 9;

function setUpWalk() {
  for (const [id, key] of [["walk-from", "from"], ["walk-to", "to"], ["sum-a", "a"], ["sum-b", "b"], ["sum-c", "c"]]) {
    element(id).addEventListener("change", (event) => change({ [key]: event.target.value }));
  }
  for (const way of ["arc", "straight"]) element(`way-${way}`).addEventListener("change", () => change({ way }));
  element("walk-t").addEventListener("input", (event) => change({ t: String(Number(event.target.value)) }));
  element("walk-play").addEventListener("click", () => walk(element("walk-play").textContent === "Walk"));
  const names = ["a", "− b", "+ c", "= a − b + c"];
  element("sum").append(
    ...names.map((name) => {
      const canvas = made("canvas", { role: "img", "aria-label": `picture of ${name}`, width: 1, height: 1 });
      return made("figure", {}, canvas, made("figcaption", {}, name));
    }),
  );
}

let walking = false;

/** Walks from one point to the other in some seconds, as fast as pictures come. */
async function walk(start) {
  walking = start;
  element("walk-play").textContent = start ? "Stop" : "Walk";
  if (!start) return;
  let t = Number(state.t) >= 1 ? 0 : Number(state.t);
  let before = performance.now();
  // With reduced motion the walk goes in eight steps, each of which stays for a while.
  const pieces = matchMedia("(prefers-reduced-motion: reduce)").matches ? 8 : 100;
  while (walking && state.show === "walk" && t < 1) {
    const now = await new Promise((go) => requestAnimationFrame(go));
    t = Math.min(1, t + (now - before) / 6000);
    before = now;
    const shown = String(Math.floor(pieces * t) / pieces);
    if (shown !== state.t) change({ t: shown });
  }
  walk(false);
}

let shownStrip = "";
let shownSum = "";

views.walk = newest(async () => {
  choices(element("walk-from"), state.from);
  choices(element("walk-to"), state.to);
  choices(element("sum-a"), state.a);
  choices(element("sum-b"), state.b);
  choices(element("sum-c"), state.c);
  element(`way-${state.way}`).checked = true;
  element("walk-t").value = state.t;
  element("walk-t").dispatchEvent(new Event("shown"));
  const [from, to] = await vectors([state.from, state.to]);
  const here = await picturesOf("after", [between(from, to, Number(state.t), state.way)]);
  paint(element("walk-picture"), ...picture(here, 0));
  const percent = Math.round(100 * Number(state.t));
  element("walk-caption").textContent = `${percent} % of the way from ${spoken(state.from)} to ${spoken(state.to)}.`;
  element("walk-t").setAttribute("aria-valuetext", `${percent} %`);
  const strip = `${state.from};${state.to};${state.way}`;
  if (strip !== shownStrip) {
    const points = Array.from({ length: STRIP }, (_, i) => between(from, to, i / (STRIP - 1), state.way));
    const all = await picturesOf("after", points);
    paintAll(element("walk-strip"), all.pixels, all.shape, STRIP);
    shownStrip = strip;
  }
  const sum = `${state.a};${state.b};${state.c}`;
  if (sum !== shownSum) {
    const [a, b, c] = await vectors([state.a, state.b, state.c]);
    const all = await picturesOf("after", [a, b, c, a.map((x, i) => x - b[i] + c[i])]);
    element("sum").querySelectorAll("canvas").forEach((canvas, i) => paint(canvas, ...picture(all, i)));
    shownSum = sum;
  }
});

// Points of latent space, and the pictures of them that the engine makes.

/** What each part does when it is shown or the state changes. */
const views = {};

/** The name of a point: its seed, its class if it is asked for one, and its sliders if any is not 0. */
function pointName(seed, of, sliders) {
  const name = of === "" ? seed : `${seed}@${of}`;
  return sliders.split(",").every((t) => Number(t) === 0) ? name : `${name}:${sliders}`;
}

/** The parts of a name. */
function named(name) {
  const [drawn, sliders] = name.split(":");
  const [seed, of] = drawn.split("@");
  return { seed, of: of ?? "", sliders };
}

/** A name as people read it. */
function spoken(name) {
  const { seed, of, sliders } = named(name);
  const asked = of === "" ? `seed ${seed}` : `seed ${seed} as ${facts.classes[of]}`;
  return sliders === undefined ? asked : `${asked}, moved`;
}

const currentPoint = () => pointName(state.seed, state.class, state.z);
const keptPoints = () => state.kept.split(";").filter((name) => name !== "");

/** Points of seeds that were asked for before. */
const drawn = new Map();

/** The numbers of points, by their names. */
async function vectors(names) {
  const seeds = [...new Set(names.map((name) => named(name).seed))];
  if (drawn.size > 2000) drawn.clear();
  if (drawn.size === 0 || seeds.some((seed) => !drawn.has(seed))) {
    await have("after");
    const { parts } = await engine.ask({ do: "points", seeds, net: "after" });
    seeds.forEach((seed, i) => drawn.set(seed, parts.points.slice(POINT * i, POINT * (i + 1))));
  }
  return names.map((name) => {
    const { seed, of, sliders } = named(name);
    const vector = Float32Array.from(drawn.get(seed));
    if (of !== "") vector.fill(0, 100)[100 + Number(of)] = 1;
    if (sliders !== undefined) sliders.split(",").forEach((t, k) => along(vector, k, Number(t)));
    return vector;
  });
}

/** Moves a point along direction `k`. */
function along(vector, k, t) {
  facts.directions[k].forEach((x, i) => (vector[i] += t * x));
}

/** Points one after the other, as a question takes them. */
function bytesOf(points) {
  const all = new Float32Array(points.length * POINT);
  points.forEach((point, i) => all.set(point, POINT * i));
  return all.buffer;
}

/** Generators that are in the engine, or on their way, by name. */
const nets = new Map();

/** The layers of the generator, which its loading tells. */
let layersOfNet = [];

/** Loads a generator unless it is there: `after`, `before` or `earlier-0` and so on. */
function have(net) {
  if (!nets.has(net)) nets.set(net, load(net));
  return nets.get(net);
}

async function load(net) {
  if (net === "before") return loadUntrained();
  const at = net === "after" ? 0 : 1 + Number(net.split("-")[1]);
  const bytes = await unpacked(facts.networks[at].id);
  return engine.ask({ do: "load", net, bytes }, [bytes.buffer]);
}

/** An engine of its own, in which a pair has begun and has made no step. */
const untrained = new Engine();

/**
 * The generator before its first step. Its weights are a function of the seed, so no byte of them is in
 * the page: a pair begins with the seed of the training, on two pictures that nobody looks at.
 */
async function loadUntrained() {
  await untrained.start();
  const { size, channels, width, seed } = facts;
  const bytes = new Uint8Array(2 * size * size * channels).map((_, i) => (i * 37) % 251);
  await untrained.ask({ do: "data", name: "none", height: size, width: size, channels, bytes }, [bytes.buffer]);
  return untrained.ask({ do: "begin", width, batch_size: 2, seed });
}

/** The engine that has a generator, and what the generator is called there. */
const place = (net) => (net === "before" ? [untrained, "training"] : [engine, net]);

/** The pictures of points, and their shape [n, h, w, c]. */
async function picturesOf(net, points, settings = {}) {
  await have(net);
  const [where, called] = place(net);
  const bytes = bytesOf(points);
  const { parts, shapes } = await where.ask({ do: "images", net: called, bytes, settings }, [bytes]);
  return { pixels: parts.pixels, shape: shapes.pixels };
}

/** Picture number `i` of several. */
function picture({ pixels, shape: [, height, width, channels] }, i) {
  const size = height * width * channels;
  return [pixels.subarray(i * size, (i + 1) * size), [height, width, channels]];
}

/** The numbers of a point between two: straight on, or on an arc around the middle; between classes straight on. */
function between(a, b, t, way) {
  const dot = (a, b) => a.subarray(0, 100).reduce((sum, x, i) => sum + x * b[i], 0);
  const cosine = dot(a, b) / Math.sqrt(dot(a, a) * dot(b, b));
  const angle = Math.acos(Math.min(1, Math.max(-1, cosine)));
  const isArc = way === "arc" && Math.sin(angle) > 1e-6;
  const from = isArc ? Math.sin((1 - t) * angle) / Math.sin(angle) : 1 - t;
  const to = isArc ? Math.sin(t * angle) / Math.sin(angle) : t;
  return a.map((x, i) => (i < 100 ? from * x + to * b[i] : (1 - t) * x + t * b[i]));
}

/** Keeps a select's choices up to date: the point of now, and those that are kept. */
function choices(select, chosen) {
  const names = [...new Set([currentPoint(), ...keptPoints(), chosen])];
  const wanted = names.map((name) => `${name}|${spoken(name)}`).join("\n");
  if (select.dataset.names !== wanted) {
    select.dataset.names = wanted;
    select.replaceChildren(...names.map((name) => made("option", { value: name }, spoken(name))));
  }
  select.value = chosen;
}

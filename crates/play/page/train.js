// Part 8: a pair that learns in the page.

/** Points of a curve, at most; then every other one goes, and each stands for twice as many steps. */
const MOST_POINTS = 800;

const training = {
  begun: false,
  running: false,
  step: 0,
  /** The half that comes next. */
  next: "generator",
  fault: null,
  stepsPerSecond: 0,
  stride: 1,
  curves: { step: [], d_loss: [], g_loss: [], d_real: [], d_fake: [] },
  latest: null,
};

/** Data sets to learn from, by name: {name, height, width, channels, count, pixels}. */
const sets = new Map();

function offerDropped(set) {
  sets.set("dropped", set);
  const select = element("train-data");
  select.querySelector("option[value=dropped]")?.remove();
  select.append(made("option", { value: "dropped" }, `${set.count} pictures of yours`));
  select.value = "dropped";
}

const power = (id) => 10 ** Number(element(id).value);

/** The settings that can change while it trains. */
function settings() {
  return {
    learning_rate_g: power("rate-generator"),
    learning_rate_d: power("rate-discriminator"),
    dropout_keep: Number(element("train-keep").value),
    real_label: Number(element("train-label").value),
  };
}

/** Sets the sliders to the settings of a training, as near as they come. */
function showSettings({ learning_rate, dropout_keep, real_label }) {
  const rate = Math.log10(learning_rate).toFixed(1);
  const values = { "rate-generator": rate, "rate-discriminator": rate, "train-keep": dropout_keep, "train-label": real_label };
  for (const [id, value] of Object.entries(values)) {
    element(id).value = String(value);
    element(id).dispatchEvent(new Event("shown"));
  }
}

/** Begins a training unless there is one. */
async function begun() {
  if (training.begun) return;
  const which = element("train-data").value;
  if (which === "") throw new Refused("there are no pictures to learn from; drop a folder of them");
  const set = sets.get(which);
  const pixels = set.pixels ? set.pixels.slice() : await unpacked("images");
  const { name, height, width, channels } = set;
  await engine.ask({ do: "data", name, height, width, channels, bytes: pixels }, [pixels.buffer]);
  const seed = element("train-seed").value.trim();
  if (!/^[0-9]{1,18}$/.test(seed)) throw new Refused("the seed of a training is a whole number of at most 18 digits");
  const { learning_rate_g: learning_rate, dropout_keep, real_label } = settings();
  const answer = await engine.ask({
    do: "begin",
    width: Number(element("train-width").value),
    batch_size: Number(element("train-batch").value),
    seed: Number(seed),
    learning_rate,
    dropout_keep,
    real_label,
  });
  tellCommands(answer.config, channels);
  begin(answer.step ?? 0);
  await engine.ask({ do: "change", ...settings(), fault: training.fault });
}

/** What the command line can do with the files that are saved here; it reads grey pictures in this format. */
function tellCommands({ model, training }, channels) {
  const data = "--no-verify --data train-images-idx3-ubyte";
  const pair = `--width ${model.width} --batch-size ${training.batch_size}`;
  element("command-from").textContent = `dcgan train-mnist ${data} ${pair} --from checkpoint.safetensors`;
  element("commands-more").hidden = channels !== 1;
}

/** Empty curves, from a step on. */
function begin(step) {
  Object.values(training.curves).forEach((curve) => (curve.length = 0));
  Object.assign(training, { begun: true, running: false, step, next: "generator", stride: 1, latest: null });
  element("doctor").replaceChildren();
  showTraining();
}

/** Takes over the metrics of steps that were made. */
function follow(progress) {
  training.step = progress.step;
  if (progress.steps_per_second !== undefined) training.stepsPerSecond = progress.steps_per_second;
  for (const line of progress.metrics ?? []) {
    training.latest = line;
    if (line.step % training.stride !== 0) continue;
    for (const [name, curve] of Object.entries(training.curves)) curve.push(line[name]);
    if (training.curves.step.length > MOST_POINTS) {
      training.stride *= 2;
      for (const [name, curve] of Object.entries(training.curves)) {
        training.curves[name] = curve.filter((_, i) => i % 2 === 1);
      }
    }
  }
  for (const line of progress.doctor ?? []) {
    element("doctor").append(made("li", {}, line));
    while (element("doctor").children.length > 12) element("doctor").firstChild.remove();
  }
  if (progress.broken) {
    training.running = false;
    tellTraining(`The training is broken: ${progress.broken}. Start anew.`);
  }
  showTraining();
}

const tellTraining = (text) => (element("train-said").textContent = text);

let drawing = false;

/** Draws numbers and curves before the next frame. */
function showTraining() {
  if (drawing) return;
  drawing = true;
  requestAnimationFrame(() => {
    drawing = false;
    const { latest, step, curves, next, running, begun } = training;
    element("train-run").textContent = running ? "Pause" : step > 0 ? "Go on" : "Start";
    for (const half of ["generator", "discriminator"]) {
      element(`half-${half}`).setAttribute("aria-disabled", String(next !== half));
    }
    element("commands").hidden = !begun;
    const at = (name) => (latest && Number.isFinite(latest[name]) ? latest[name].toFixed(3) : "–");
    const speed = running && training.stepsPerSecond ? training.stepsPerSecond.toFixed(1) : "–";
    const numbers = [
      ["step", String(step)],
      ["steps a second", speed],
      ["loss of D", at("d_loss")],
      ["loss of G", at("g_loss")],
      ["D(x), of real pictures", at("d_real")],
      ["D(G(z)), of made ones", at("d_fake")],
    ];
    const list = element("train-numbers");
    if (list.children.length !== 2 * numbers.length) {
      list.replaceChildren(...numbers.flatMap(([name]) => [made("dt", {}, name), made("dd")]));
    }
    list.querySelectorAll("dd").forEach((dd, i) => (dd.textContent = numbers[i][1]));
    if (state.show !== "train") return;
    const line = (name, colour, dashed) => ({ values: curves[name], colour, dashed });
    paintLines(element("chart-losses"), curves.step, [line("d_loss", "--d", false), line("g_loss", "--g", true)]);
    paintLines(element("chart-verdicts"), curves.step, [line("d_real", "--d", false), line("d_fake", "--g", true)], 1);
    element("chart-losses").setAttribute("aria-label", `Losses: D ${at("d_loss")}, G ${at("g_loss")} at step ${step}`);
    element("chart-verdicts").setAttribute("aria-label", `Verdicts: real ${at("d_real")}, made ${at("d_fake")} at step ${step}`);
  });
}

let lastSamples = 0;
let lastWants = 0;

/** New samples, twice a second at most while it runs, and what D wants once a second. */
const drawSamples = newest(async (force) => {
  if (!training.begun) return;
  const now = performance.now();
  if (force || now - lastSamples > 500) {
    lastSamples = now;
    const { parts, shapes, step } = await engine.ask({ do: "samples", count: 16 });
    paintAll(element("train-samples"), parts.pixels, shapes.pixels, 4);
    element("train-caption").textContent = `16 points, always the same, at step ${step}.`;
  }
  if (force || now - lastWants > 1000) {
    lastWants = now;
    drawWants(await engine.ask({ do: "wants", count: 8 }));
  }
});

/**
 * Each fake above two maps: where the discriminator wants it brighter, and where darker. The place tells
 * them apart, not the colour alone.
 */
function drawWants({ parts, shapes, verdicts }) {
  const [count, height, width, channels] = shapes.pixels;
  const box = element("train-wants");
  while (box.children.length > count) box.lastChild.remove();
  while (box.children.length < count) box.append(made("figure", {}, made("canvas", { role: "img" }), made("figcaption")));
  const size = height * width * channels;
  const most = largest(parts.gradient);
  [...box.children].forEach((figure, i) => {
    const canvas = figure.querySelector("canvas");
    canvas.width = width;
    canvas.height = 3 * height + 2;
    const context = canvas.getContext("2d");
    context.putImageData(rgba(parts.pixels.subarray(i * size, (i + 1) * size), height, width, channels), 0, 0);
    const gradient = new Float32Array(height * width);
    for (let p = 0; p < size; p++) gradient[Math.floor(p / channels)] += parts.gradient[i * size + p] / channels;
    context.putImageData(heat(gradient.map((x) => Math.max(x, 0)), height, width, most), 0, height + 1);
    context.putImageData(heat(gradient.map((x) => Math.min(x, 0)), height, width, most), 0, 2 * height + 2);
    const verdict = verdicts[i].toFixed(2);
    canvas.setAttribute("aria-label", `Made picture ${i + 1}, D(G(z)) ${verdict}; below it, where D wants it brighter, and where darker`);
    figure.querySelector("figcaption").textContent = verdict;
  });
}

/** Pauses; returns when no step is under way. */
async function paused() {
  if (!training.running) return;
  training.running = false;
  await engine.ask({ do: "pause" });
}

/** What a button does; an error becomes a sentence beside the training. */
const act = (work) => async (event) => {
  try {
    await work(event);
  } catch (error) {
    tellTraining(sentence(error));
    if (!(error instanceof Refused)) console.error(error);
  }
  showTraining();
};

const startOrPause = act(async () => {
  if (training.running) {
    await paused();
    tellTraining(`Paused at step ${training.step}.`);
    drawSamples(true);
    return;
  }
  tellTraining("It begins.");
  await begun();
  training.running = true;
  training.next = "generator";
  await engine.ask({ do: "run", until: null, every_ms: 100 });
  tellTraining("It trains.");
});

const half = (which) =>
  act(async () => {
    await paused();
    await begun();
    if (training.next !== which) {
      const [first, second] = which === "generator" ? ["discriminator", "generator"] : ["generator", "discriminator"];
      tellTraining(`The ${first} comes next, then the ${second}.`);
      return;
    }
    const progress = await engine.ask({ do: "half" });
    training.next = progress.half === "generator" ? "discriminator" : "generator";
    follow(progress);
    const line = (progress.metrics ?? [])[0];
    const done = line ? ` Step ${line.step} is whole: loss of D ${line.d_loss.toFixed(3)}, of G ${line.g_loss.toFixed(3)}.` : "";
    tellTraining(`The ${progress.half} has learnt for half a step.${done}`);
    drawSamples(true);
  });

const startAnew = act(async () => {
  await paused();
  if (training.begun) await engine.ask({ do: "end" });
  training.begun = false;
  await begun();
  tellTraining("A new pair, untrained.");
  drawSamples(true);
});

/** Goes on from a checkpoint that was saved. */
async function goOnFrom(file) {
  return act(async () => {
    if (file.size > 200 << 20) throw new Refused(`${file.name} has ${file.size >> 20} MB; a checkpoint of this page has less than 200`);
    const bytes = new Uint8Array(await file.arrayBuffer());
    await begun(); // for the data
    await paused();
    const { step, config } = await engine.ask({ do: "restore", bytes }, [bytes.buffer]);
    tellCommands(config, config.model.channels);
    begin(step);
    showSettings(config.training);
    showFault(null);
    tellTraining(`It goes on from step ${step} of ${file.name}.`);
    drawSamples(true);
  })();
}

/** Shows which failure is on, if any is. */
function showFault(name) {
  training.fault = name;
  element("faults").querySelectorAll("button").forEach((button) => {
    button.setAttribute("aria-pressed", String(button.value === name));
  });
  element("fault-said").textContent = "";
}

/** Sets or lifts a failure of the museum. */
const setFault = (fault) =>
  act(async () => {
    const isOn = training.fault === fault.name;
    showFault(isOn ? null : fault.name);
    element("fault-said").textContent = isOn ? `Mended. ${fault.remedy}` : `${fault.title}. ${fault.see}`;
    await begun();
    await engine.ask({ do: "change", fault: training.fault });
  });

const changeSettings = newest(async () => {
  if (training.begun) await engine.ask({ do: "change", ...settings() });
});

async function setUpTrain() {
  if (facts.images) {
    sets.set("own", { ...facts.images, pixels: null });
    element("train-data").append(made("option", { value: "own" }, `${facts.images.count} images of ${facts.images.name}`));
  } else {
    element("data-said").textContent = "This page carries no training images; drop some here.";
  }
  const rate = (x) => (10 ** x).toPrecision(2);
  valued("rate-generator", rate);
  valued("rate-discriminator", rate);
  valued("train-keep", (x) => x.toFixed(2));
  valued("train-label", (x) => x.toFixed(2));
  showSettings({ learning_rate: 0.002, dropout_keep: 1, real_label: 0.9 });
  for (const id of ["rate-generator", "rate-discriminator", "train-keep", "train-label"]) {
    element(id).addEventListener("input", () => changeSettings());
  }
  element("train-run").addEventListener("click", startOrPause);
  element("half-generator").addEventListener("click", half("generator"));
  element("half-discriminator").addEventListener("click", half("discriminator"));
  element("train-restart").addEventListener("click", startAnew);
  element("save-checkpoint").addEventListener("click", act(async () => {
    await begun();
    const { parts, step } = await engine.ask({ do: "save" });
    save(new Blob([parts.checkpoint]), "checkpoint.safetensors");
    tellTraining(`The checkpoint of step ${step} is saved.`);
  }));
  element("save-data").addEventListener("click", act(async () => {
    await begun();
    const { parts } = await engine.ask({ do: "idx" });
    save(new Blob([parts.images]), "train-images-idx3-ubyte");
    tellTraining("The pictures are saved in MNIST’s format.");
  }));
  element("choose-checkpoint").addEventListener("change", ({ target }) => {
    if (target.files.length > 0) goOnFrom(target.files[0]);
    target.value = "";
  });
  engine.heard.progress = (progress) => {
    follow(progress);
    drawSamples(false);
  };
  engine.heard.paused = ({ step }) => {
    training.step = step;
    training.running = false;
    showTraining();
  };
  engine.restored.push(async () => {
    Object.assign(training, { begun: false, running: false, step: 0 });
    tellTraining("The engine broke; start anew.");
    showTraining();
  });
  document.addEventListener("visibilitychange", () => engine.ask({ do: "hidden", hidden: document.hidden }));
  const { faults } = await engine.ask({ do: "faults" });
  element("faults").append(
    ...faults.map((fault) => {
      const button = made("button", { type: "button", value: fault.name, "aria-pressed": "false", title: fault.title }, fault.name);
      button.addEventListener("click", setFault(fault));
      return button;
    }),
  );
  showTraining();
}

views.train = newest(async () => showTraining());

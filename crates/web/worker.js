// The worker: it owns the engine, the project's own crates compiled to WebAssembly, and trains in slices.
//
// The page starts it from a blob (`new Worker(URL.createObjectURL(new Blob([text])))`), so nothing is
// fetched: a page with the policy `default-src 'none'` needs `script-src 'unsafe-inline'
// 'wasm-unsafe-eval'` and `worker-src blob:` for it, and no more.
//
// # Messages
//
// The first message is the module, as it is or gzipped: `{start: ArrayBuffer | Uint8Array}`. The answer is
// `{type: "ready"}`, or `{type: "broken", reason}`.
//
// Every other message is a request, `{id, do: "…", …, bytes?: ArrayBuffer | Uint8Array}`. Each gets exactly
// one answer with its `id`:
//
//     {id, type: "answer", …fields, parts: {name: Uint8Array | Float32Array, …}, shapes: {name: [n, h, w, c], …}}
//     {id, type: "refused", reason}      one sentence; nothing has changed
//     {id, type: "broken", reason}       the engine stopped (a trap); all of its state is lost, and it starts anew
//                                        by itself: the page loads its networks and data again
//
// `parts` has the numbers of the answer, NHWC, one typed array each, transferred and not copied.
// Requests are answered in their order, and while a training runs between two of its steps.
// Requests that have a `net` mean a generator by its name: those that were loaded, and `"training"`, the
// generator of the pair that trains here (samples come from its moving average, if it has one).
//
// ## A generator that was loaded
//
// Where a request takes `points`, it takes `bytes`, f32 `[n, points]` little-endian, or instead of bytes
// `seeds: [7, 8, "18446744073709551615"]`: seed 7 is seed 7 of `dcgan generate`. The points of a generator that
// knows classes have one number more for each: 1 for the class that is asked for, else 0. Beside seeds stands
// `classes: [3, 8]`, which take turns; without them each seed has a class of its own, as in `dcgan generate`.
//
// `settings` is optional, as is every one of its fields; the defaults are those of training:
//     {statistics: "running" | "batch", epsilon: 0.001, slope: 0.01, without_bias: ["generator/dense", …],
//      bits: 8 | 4 | 2 …}            (`without_bias` takes the names of `layers`; bits are per output channel)
//
//  do: "load", net, bytes: payload       {size, channels, width, step, points: 100 + classes, classes: 0,
//                                         layers: [{name, height, width, channels, kernel, stride, parameters}]}
//                                        The payload is what `web::payload::write` makes.
//  do: "forget", net                     {}
//  do: "points", seeds, net?, classes?   {}  parts.points f32 [n, 100], or of the generator `net` [n, points]
//  do: "images", net, points, settings   {}  parts.pixels u8 [n, h, w, c]
//  do: "layers", net, points, settings, show: 0
//                                        {layers: [{part, name, what}]} and a part for each: f32 [1, h, w, channels]
//                                        of image number `show`. what: "input" (the points), "sum" (of a dense or
//                                        convolutional layer), "active" (after batch norm and leaky ReLU),
//                                        "image" (after tanh). `part` is its name in parts.
//  do: "pixel", net, points, settings, show: 0, y, x, channel, most: 40
//                                        Where a pixel comes from:
//                                        {byte, value: tanh(sum), sum, bias,
//                                         terms: [{y, x, channel, tap: [ky, kx], activation, weight, product}],
//                                         of_terms, rest,
//                                         layers: [{part, name, sum, rest}]}
//                                        `terms` are the largest `most` products of the last layer by absolute value,
//                                        `of_terms` is how many there are, `rest` the sum of those not listed:
//                                        sum = bias + Σ product + rest. For each layer a part f32 [1, h, w, channels]:
//                                        what each activation of it contributes (activation · ∂sum/∂activation),
//                                        whose total is `sum`; `rest` is what later biases and shifts add, so
//                                        that the sum is the same in each layer.
//  do: "phases", net, points, settings   {phases: [4]}: the mean square of pixels at (even, even), (even, odd),
//                                        (odd, even), (odd, odd) places, in units of the least: the checkerboard.
//
// ## Training
//
//  do: "data", name, height, width, channels, bytes: u8 NHWC
//                                        {count, sha256}. Square, of a size that networks exist for.
//  do: "begin", width: 32, batch_size: 32, seed: 1, learning_rate: 0.002, dropout_keep: 1, real_label: 0.9,
//      average: 0.99 | null              {config, step: 0, layers_g, layers_d}. All optional. A pair for the data.
//  do: "change", learning_rate_g?, learning_rate_d?, dropout_keep?, real_label?, fault?: "saturated" | null
//                                        {config}. From the next half-step on. A fault is an exhibit of the museum.
//  do: "faults"                          {faults: [{name, title, see, remedy}]}
//  do: "step", count: 1                  progress (below)
//  do: "half"                            the next half of a step: progress, with half: "generator" | "discriminator",
//                                        which one was made. A step that follows finishes the step first.
//  do: "samples", count: 16              {step} parts.pixels u8: the fixed noise of the run
//  do: "wants", count: 8                 {step, verdicts: [D(G(z)) of each]} parts.pixels u8, parts.gradient f32
//                                        [n, h, w, c]: dD/dx, how D's logit of a fake image rises with each pixel.
//                                        Above 0, D wants it brighter.
//  do: "save"                            {step} parts.checkpoint u8: a checkpoint.safetensors, which `dcgan generate
//                                        FILE`, `train-… --from FILE` and `train-… --resume DIR --data …` accept
//  do: "idx"                             {} parts.images u8: the data as a file in MNIST's format (grey only), which
//                                        `train-mnist --no-verify --data FILE` reads
//  do: "restore", bytes: checkpoint      {config, step}: goes on from it; the data must be there, and be the same
//  do: "end"                             {}: forgets the pair
//
// Progress is {step, metrics: [{step, d_loss, g_loss, d_real, d_fake, d_grad_norm, g_grad_norm}],
// doctor: ["the discriminator has won: …", …], broken: "step 12: … is not finite" | null}, with the lines of the
// doctor that are new. After `broken` the pair takes no more steps.
//
// ## The loop, which is the worker's own
//
//  do: "run", until: null | step, every_ms: 100
//                                        {}. Then it trains by itself, and posts
//                                        {type: "progress", …progress, steps_per_second} at most each `every_ms`.
//                                        Ends at `until`, at a fault of numbers or by "pause": {type: "paused", step}.
//  do: "pause"                           {step}
//  do: "hidden", hidden: true            {}. A hidden tab trains no step, until hidden: false.
//
// # The module
//
// It imports nothing and exports its `memory` and five functions:
//
//     input(size) -> pointer             room for a request: u32 length of JSON, JSON, bytes
//     answer() -> pointer                to the answer: u32 length of JSON, JSON, the parts
//     answer_size() -> size
//     last_words() -> pointer            what a panic said, after answer() ended in a trap
//     last_words_size() -> size
//
// The answer's JSON is {"ok": …fields, "parts": [{name, type: "u8" | "f32", shape}]} or {"refused": reason}.

"use strict";

const text = { to: new TextEncoder(), from: new TextDecoder() };
let module = null;
let engine = null;
// The training that runs by itself: {until, every_ms, unsent, sent_at, steps_since, since}.
let loop = null;
let hidden = false;
let is_next_slice_due = false;

// A message to itself comes after the messages that the page has sent meanwhile, and at once if there are none.
// (A timer would wait 4 ms, and a second in a tab that is not shown.)
const turn = new MessageChannel();
turn.port1.onmessage = () => {
  is_next_slice_due = false;
  slice();
};

function start_engine() {
  engine = new WebAssembly.Instance(module, {}).exports;
}

// What the engine answers: {ok, parts, shapes} or {refused}. Throws if it traps.
function ask(request, bytes) {
  const json = text.to.encode(JSON.stringify(request));
  const tail = bytes === undefined ? new Uint8Array(0) : new Uint8Array(bytes.buffer ?? bytes, bytes.byteOffset ?? 0, bytes.byteLength);
  const at = engine.input(4 + json.length + tail.length) >>> 0;
  new DataView(engine.memory.buffer).setUint32(at, json.length, true);
  const memory = new Uint8Array(engine.memory.buffer);
  memory.set(json, at + 4);
  memory.set(tail, at + 4 + json.length);

  const from = engine.answer() >>> 0; // may have grown the memory, which makes a new buffer
  const buffer = engine.memory.buffer;
  const json_size = new DataView(buffer).getUint32(from, true);
  const answer = JSON.parse(text.from.decode(new Uint8Array(buffer, from + 4, json_size)));
  if (answer.refused !== undefined) {
    return answer;
  }
  const parts = {};
  const shapes = {};
  let next = from + 4 + json_size;
  for (const { name, type, shape } of answer.parts) {
    const count = shape.reduce((product, extent) => product * extent, 1);
    const size = type === "u8" ? Math.ceil(count / 4) * 4 : count * 4;
    const copy = buffer.slice(next, next + (type === "u8" ? count : size)); // the page gets its own
    parts[name] = type === "u8" ? new Uint8Array(copy) : new Float32Array(copy);
    shapes[name] = shape;
    next += size;
  }
  return { ok: answer.ok, parts, shapes };
}

// What a panic said, in a sentence.
function last_words(error) {
  try {
    const words = text.from.decode(
      new Uint8Array(engine.memory.buffer, engine.last_words() >>> 0, engine.last_words_size() >>> 0),
    );
    return `the engine stopped (${words === "" ? error.message : words.replace(/\s+/g, " ")}); it has started anew, without what it had`;
  } catch {
    return `the engine stopped (${error.message}); it has started anew, without what it had`;
  }
}

// All of the engine's state is gone, so the page begins again with what it loads first.
function start_anew(id, error) {
  const reason = last_words(error);
  loop = null;
  start_engine();
  postMessage({ id, type: "broken", reason });
}

// Runs the answer of a request through `send`, or says why there is none.
function reply(id, request, bytes) {
  let answer;
  try {
    answer = ask(request, bytes);
  } catch (error) {
    start_anew(id, error);
    return;
  }
  if (answer.refused !== undefined) {
    postMessage({ id, type: "refused", reason: answer.refused });
    return;
  }
  const transferred = Object.values(answer.parts).map((part) => part.buffer);
  postMessage({ id, type: "answer", ...answer.ok, parts: answer.parts, shapes: answer.shapes }, transferred);
}

function later() {
  if (!is_next_slice_due && loop !== null && !hidden) {
    is_next_slice_due = true;
    turn.port2.postMessage(null);
  }
}

// What the loop has not told the page yet.
function tell() {
  const { unsent, steps_since, since } = loop;
  if (unsent !== null) {
    const seconds = (performance.now() - since) / 1000;
    postMessage({ type: "progress", ...unsent, steps_per_second: steps_since / seconds });
  }
  loop.unsent = null;
  loop.sent_at = performance.now();
  if (2000 < performance.now() - loop.since) {
    loop.since = performance.now();
    loop.steps_since = 0;
  }
}

// One step of the loop. Between two of them the page is answered.
function slice() {
  if (loop === null || hidden) {
    return;
  }
  let answer;
  try {
    answer = ask({ do: "step", count: 1 });
  } catch (error) {
    start_anew(undefined, error);
    return;
  }
  if (answer.refused !== undefined) {
    loop = null;
    postMessage({ type: "refused", reason: answer.refused });
    return;
  }
  const { step, metrics, doctor, broken } = answer.ok;
  const { unsent } = loop;
  loop.steps_since += metrics.length;
  loop.unsent = {
    step,
    metrics: [...(unsent?.metrics ?? []), ...metrics],
    doctor: [...(unsent?.doctor ?? []), ...doctor],
    broken,
  };
  const is_last = broken !== null || (loop.until !== null && loop.until <= step);
  if (is_last || loop.every_ms <= performance.now() - loop.sent_at) {
    tell();
  }
  if (is_last) {
    loop = null;
    postMessage({ type: "paused", step });
  }
  later();
}

// The pair's step, without making one.
function step_now() {
  return ask({ do: "step", count: 0 });
}

function pause(id) {
  if (loop !== null) {
    tell();
    loop = null;
  }
  const answer = step_now();
  if (answer.refused !== undefined) {
    postMessage({ id, type: "refused", reason: answer.refused });
  } else {
    postMessage({ id, type: "answer", step: answer.ok.step, parts: {}, shapes: {} });
  }
}

function run(id, { until = null, every_ms = 100 }) {
  const answer = step_now();
  if (answer.refused !== undefined) {
    postMessage({ id, type: "refused", reason: answer.refused });
    return;
  }
  const now = performance.now();
  loop = { until, every_ms, unsent: null, sent_at: now, steps_since: 0, since: now };
  postMessage({ id, type: "answer", parts: {}, shapes: {} });
  if (until !== null && until <= answer.ok.step) {
    loop = null;
    postMessage({ type: "paused", step: answer.ok.step });
  }
  later();
}

function hide(id, is_hidden) {
  hidden = is_hidden;
  if (loop !== null) {
    tell();
    loop.since = performance.now(); // or the time in the dark would count
    loop.steps_since = 0;
  }
  postMessage({ id, type: "answer", parts: {}, shapes: {} });
  later();
}

// Compiles the module, which may be gzipped.
async function start_module(given) {
  try {
    const bytes = new Uint8Array(given);
    const is_gzipped = bytes[0] === 0x1f && bytes[1] === 0x8b;
    const unzipped = () => new Response(new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip")));
    module = await WebAssembly.compile(is_gzipped ? await unzipped().arrayBuffer() : bytes);
    start_engine();
    postMessage({ type: "ready" });
  } catch (error) {
    postMessage({ type: "broken", reason: `this browser cannot run the engine (${error.message}); try a newer one` });
  }
}

onmessage = ({ data }) => {
  const { start, id, bytes, ...request } = data;
  if (start !== undefined) {
    return start_module(start);
  }
  if (engine === null) {
    postMessage({ id, type: "refused", reason: "the engine has not been started yet" });
    return;
  }
  try {
    switch (request.do) {
      case "run":
        return run(id, request);
      case "pause":
        return pause(id);
      case "hidden":
        return hide(id, request.hidden);
      case "end":
        loop = null;
        return reply(id, request, bytes);
      default:
        return reply(id, request, bytes);
    }
  } catch (error) {
    start_anew(id, error);
  }
};

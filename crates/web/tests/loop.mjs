// The worker's own loop: `node crates/web/tests/loop.mjs [MODULE]`. It says nothing if all is as `worker.js` promises.
//
// 1. It trains by itself up to a step, and between two steps it answers.
// 2. `pause` stops it, a hidden tab makes no step, and both go on with the bits of one that was never interrupted.
// 3. Its memory stays as it is, however many steps it makes.
// 4. After a trap it starts anew.

import assert from "node:assert/strict";

import { start } from "./worker.mjs";

const STEPS = 400;
const worker = await start(process.argv[2]);
const { ask, heard } = worker;
const sleep = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
async function until(what) {
  while (!what()) {
    await sleep(5);
  }
}
const told = () => heard.filter(({ type }) => type === "progress").flatMap(({ metrics }) => metrics.map(({ step }) => step));
const is_paused = () => heard.some(({ type }) => type === "paused");
const digits = { do: "data", name: "toy", height: 28, width: 28, channels: 1 };
const bytes = () => Uint8Array.from({ length: 64 * 784 }, (_, i) => (i * 31 + (i >> 9)) % 256);
const begin = { do: "begin", width: 8, batch_size: 8 };

// One that is never interrupted.
await ask({ ...digits, bytes: bytes() });
await ask(begin);
await ask({ do: "step", count: STEPS });
const expected = Buffer.from((await ask({ do: "save" })).parts.checkpoint);

await ask(begin);
await ask({ do: "run", until: 10, every_ms: 1 });
await until(is_paused);
assert.deepEqual(told(), Array.from({ length: 10 }, (_, i) => i + 1), "each step is told once");
assert.ok(heard.every(({ type, steps_per_second }) => type !== "progress" || 0 < steps_per_second));

heard.length = 0;
await ask({ do: "run", until: STEPS, every_ms: 1 });
await until(() => 0 < told().length);
assert.equal((await ask({ do: "images", net: "training", seeds: [7] })).parts.pixels.length, 784);
const { step } = await ask({ do: "pause" });
assert.ok(10 < step && step < STEPS, `paused at ${step}`);
assert.equal(told().at(-1), step, "what it has done is told before it pauses");
await sleep(50);
assert.equal((await ask({ do: "step", count: 0 })).step, step, "it is paused");

await ask({ do: "run", until: STEPS, every_ms: 1 });
await ask({ do: "hidden", hidden: true });
const in_the_dark = (await ask({ do: "step", count: 0 })).step;
await sleep(50);
assert.equal((await ask({ do: "step", count: 0 })).step, in_the_dark, "a hidden tab makes no step");
assert.ok(in_the_dark < STEPS);
await ask({ do: "hidden", hidden: false });
await until(is_paused);
assert.ok(expected.equals(Buffer.from((await ask({ do: "save" })).parts.checkpoint)), "interrupted, it has other bits");

// The half that is missing is made first.
await ask(begin);
await ask({ do: "half" });
heard.length = 0;
await ask({ do: "run", until: STEPS });
await until(is_paused);
assert.ok(expected.equals(Buffer.from((await ask({ do: "save" })).parts.checkpoint)), "after a half, it has other bits");

await ask(begin);
const use = async () => {
  await ask({ do: "step", count: 20 });
  await ask({ do: "samples", count: 16 });
  await ask({ do: "wants", count: 8 });
  await ask({ do: "pixel", net: "training", seeds: [1], y: 9, x: 9 });
  await ask({ do: "save" });
};
await use();
await use();
const memory = worker.memory();
for (let i = 0; i < 20; i += 1) {
  await use();
}
assert.equal(worker.memory(), memory, "400 steps have taken memory");

await assert.rejects(ask({ do: "dance" }), { type: "refused" });
worker.trap();
await assert.rejects(ask({ do: "step" }), ({ type, reason }) => type === "broken" && reason.includes("it has started anew"));
await assert.rejects(ask({ do: "step" }), { type: "refused" });
await ask({ ...digits, bytes: bytes() });
await ask(begin);
await ask({ do: "step", count: STEPS });
assert.ok(expected.equals(Buffer.from((await ask({ do: "save" })).parts.checkpoint)), "anew, it has other bits");

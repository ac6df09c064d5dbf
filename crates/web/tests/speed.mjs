// How fast the module is here, and what it takes of memory: `node crates/web/tests/speed.mjs [MNIST images] [seconds]`.

import fs from "node:fs";
import zlib from "node:zlib";

import { start } from "./worker.mjs";

const [path, seconds = "10"] = process.argv.slice(2);
const worker = await start();
const { ask } = worker;

function digits() {
  if (path === undefined) {
    return Uint8Array.from({ length: 2048 * 784 }, (_, i) => (i * 31 + (i >> 9)) % 256);
  }
  const file = fs.readFileSync(path);
  const bytes = path.endsWith(".gz") ? zlib.gunzipSync(file) : file;
  return bytes.subarray(16, 16 + 4096 * 784);
}

await ask({ do: "data", name: "digits", height: 28, width: 28, channels: 1, bytes: digits() });
const median = (numbers) => numbers.sort((a, b) => a - b)[numbers.length >> 1];
for (const width of [16, 32, 64, 128]) {
  await ask({ do: "begin", width, batch_size: 32 });
  await ask({ do: "step", count: 3 });
  const steps = [];
  for (const end = performance.now() + (1000 * seconds) / 8; performance.now() < end; ) {
    const before = performance.now();
    await ask({ do: "step", count: 1 });
    steps.push(performance.now() - before);
  }
  const seeds = Array.from({ length: 16 }, (_, i) => i);
  const pictures = [];
  for (let i = 0; i < 12; i += 1) {
    const before = performance.now();
    await ask({ do: "images", net: "training", seeds });
    pictures.push((performance.now() - before) / seeds.length);
  }
  const one = [];
  for (let i = 0; i < 12; i += 1) {
    const before = performance.now();
    await ask({ do: "images", net: "training", seeds: [i] });
    one.push(performance.now() - before);
  }
  const [a, b, c] = [median(steps), median(pictures), median(one)];
  console.log(
    `width ${width}: ${(1000 / a).toFixed(1)} steps/s of 32 images, ${(1000 / b).toFixed(0)} pictures/s in sixteens, ` +
      `${(1000 / c).toFixed(0)} one by one; ${worker.memory() >> 20} MB`,
  );
}

// The browser's engine makes the bits of the command line, which computes with the portable vectors on one thread:
// `node crates/web/tests/equal.mjs DCGAN [MODULE]`, where DCGAN is the program. It says nothing if all is equal.
//
// 1. 20 steps of training: the numbers of each step, and every tensor of the checkpoint.
// 2. `generate` reads the page's checkpoint, and 100 seeds give the page's pictures, byte for byte.
// 3. `--resume` goes on from the page's checkpoint, and the page from that of the command line.
// 4. A generator that a page carries makes the sevens of `generate --class 7`, and without a class the same pictures.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import zlib from "node:zlib";

import { start } from "./worker.mjs";

const [dcgan, module] = process.argv.slice(2);
const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dcgan-web-"));
const file = (name) => path.join(folder, name);
const portable = ["--isa", "portable", "--threads", "1"];
const run = (...args) => execFileSync(dcgan, args, { stdio: ["ignore", "pipe", "pipe"] });

// The tensors of a checkpoint: their names, shapes and bytes.
function tensors(bytes) {
  const size = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...list } = JSON.parse(bytes.subarray(8, 8 + size).toString());
  return { list, data: bytes.subarray(8 + size) };
}

function assert_same_state(found, expected, when) {
  const [a, b] = [tensors(Buffer.from(found)), tensors(fs.readFileSync(expected))];
  assert.deepEqual(a.list, b.list, `${when}: the tensors`);
  for (const [name, { data_offsets: [from, to] }] of Object.entries(a.list)) {
    assert.ok(a.data.subarray(from, to).equals(b.data.subarray(from, to)), `${when}: ${name} has other bits`);
  }
}

try {
  const mnist = new URL("../../../datasets/mnist/train-images-idx3-ubyte.gz", import.meta.url);
  const pixels = zlib.gunzipSync(fs.readFileSync(mnist)).subarray(16, 16 + 640 * 784);
  const worker = await start(module);
  const { ask } = worker;
  const digits = { do: "data", name: "mnist", height: 28, width: 28, channels: 1, bytes: pixels };
  await ask(digits);
  fs.writeFileSync(file("digits"), (await ask({ do: "idx" })).parts.images);
  const data = ["--no-verify", "--data", file("digits")];

  const recipe = ["--width", "16", "--batch-size", "16", "--lr", "0.002", "--dropout-keep", "0.8", "--average", "0.9"];
  run("train-mnist", ...data, ...recipe, ...portable, "--steps", "20", "--out", file("run"));
  const settings = { width: 16, batch_size: 16, learning_rate: 0.002, dropout_keep: 0.8, average: 0.9 };
  await ask({ do: "begin", ...settings });
  const { metrics } = await ask({ do: "step", count: 20 });
  const [names, ...rows] = fs.readFileSync(file("run/metrics.csv"), "utf8").trim().split("\n").map((row) => row.split(","));
  let compared = 0;
  for (const row of rows) {
    const numbers = Object.fromEntries(names.map((name, i) => [name, Number(row[i])]));
    const own = metrics.find(({ step }) => step === numbers.step);
    for (const name of names.filter((name) => name !== "step" && name in own)) {
      assert.equal(Math.fround(own[name]), Math.fround(numbers[name]), `${name} of step ${numbers.step}`);
      compared += 1;
    }
  }
  assert.ok(12 <= compared, `${compared} numbers of the log were compared`);
  const saved = (await ask({ do: "save" })).parts.checkpoint;
  assert_same_state(saved, file("run/checkpoint.safetensors"), "after 20 steps");

  fs.writeFileSync(file("page.safetensors"), saved);
  run("generate", file("page.safetensors"), "--seeds", "0-99", "--out", file("pictures.npy"), ...portable);
  const npy = fs.readFileSync(file("pictures.npy"));
  const pictures = npy.subarray(npy.length - 100 * 784);
  const seeds = Array.from({ length: 100 }, (_, i) => i);
  const own = await ask({ do: "images", net: "training", seeds });
  assert.ok(pictures.equals(Buffer.from(own.parts.pixels)), "100 seeds give other pictures");

  fs.mkdirSync(file("resumed"));
  fs.copyFileSync(file("page.safetensors"), file("resumed/checkpoint.safetensors"));
  run("train-mnist", "--resume", file("resumed"), ...data, ...portable, "--steps", "25");
  await ask({ do: "restore", bytes: fs.readFileSync(file("run/checkpoint.safetensors")) });
  await ask({ do: "step", count: 5 });
  assert_same_state((await ask({ do: "save" })).parts.checkpoint, file("resumed/checkpoint.safetensors"), "resumed");

  // A page of a conditional run carries the generator in an element of its own.
  run("train-mnist", "--conditional", "--width", "16", "--batch-size", "16", "--average", "0.9", ...portable, "--steps", "20", "--out", file("classes"));
  run("play", file("classes"), "--weights", "f32", "--digits", "0", "--out", file("classes.html"), ...portable);
  const [, packed] = /id="network-0">([^<]+)</.exec(fs.readFileSync(file("classes.html"), "utf8"));
  const { classes, points } = await ask({ do: "load", net: "classes", bytes: zlib.gunzipSync(Buffer.from(packed, "base64")) });
  assert.deepEqual([classes, points], [10, 110]);
  for (const asked of [[], [7]]) {
    const flags = asked.flatMap((number) => ["--class", String(number)]);
    run("generate", file("classes"), "--seeds", "0-99", ...flags, "--out", file("asked.npy"), ...portable);
    const expected = fs.readFileSync(file("asked.npy"));
    const made = await ask({ do: "images", net: "classes", seeds, classes: asked });
    assert.ok(expected.subarray(expected.length - 100 * 784).equals(Buffer.from(made.parts.pixels)), `class ${asked}`);
  }
} finally {
  fs.rmSync(folder, { recursive: true, force: true });
}

// Drives the page to play with in a real browser, as a reader would, and holds it against the command line.
//
//     node tests/page/page.mjs DCGAN CHROMIUM [--minutes N]
//
// DCGAN is the program, CHROMIUM the browser. With --minutes a training runs that long, and what memory it
// takes is printed; without, it runs for some seconds. `cargo xtask check page` calls this.

import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import fs from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { chromium } from "playwright-core";

const [dcgan, browserPath, ...more] = process.argv.slice(2);
const minutes = more[0] === "--minutes" ? Number(more[1]) : 0;

const folder = fs.mkdtempSync(path.join(os.tmpdir(), "dcgan-page-"));
const file = (name) => path.join(folder, name);
const PORTABLE = ["--isa", "portable", "--threads", "1"];
const run = (...args) => execFileSync(dcgan, args, { stdio: ["ignore", "pipe", "pipe"] });

const PARTS = ["point", "walk", "pixel", "layers", "norm", "states", "break", "train"];
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"];

/** The tensors of a checkpoint: their names, shapes and bytes, and its JSON. */
function checkpoint(name) {
  const bytes = fs.readFileSync(name);
  const size = Number(bytes.readBigUInt64LE(0));
  const { __metadata__, ...list } = JSON.parse(bytes.subarray(8, 8 + size).toString());
  return { list, data: bytes.subarray(8 + size), about: JSON.parse(__metadata__.dcgan) };
}

/** A PNG file of a few bytes that claims a picture of a hundred thousand pixels a side. */
function hugeClaim() {
  const head = Buffer.alloc(33);
  head.set([137, 80, 78, 71, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82]);
  head.writeUInt32BE(100000, 16);
  head.writeUInt32BE(100000, 20);
  head.set([8, 0, 0, 0, 0], 24);
  return head;
}

function prepare() {
  const width = ["--width", "8", "--batch-size", "8", "--sample-every", "20"];
  for (const steps of ["10", "20"]) {
    run("train-mnist", ...width, ...PORTABLE, "--steps", steps, "--out", file(`run-${steps}`));
  }
  const exact = ["--weights", "f32", "--digits", "640"];
  run("play", file("run-20"), "--with", file("run-10"), ...exact, ...PORTABLE, "--out", file("play.html"));
  run("generate", file("run-20"), "--seeds", "0-99", "--out", file("seeds.npy"), ...PORTABLE);
  run("train-mnist", "--conditional", ...width, ...PORTABLE, "--steps", "20", "--out", file("run-classes"));
  run("play", file("run-classes"), "--weights", "f32", "--digits", "64", ...PORTABLE, "--out", file("classes.html"));
  for (const [name, asked] of [["any", []], ["class-1", ["--class", "1"]], ["class-7", ["--class", "7"]]]) {
    run("generate", file("run-classes"), "--seeds", "0-19", ...asked, "--out", file(`${name}.npy`), ...PORTABLE);
  }
  fs.mkdirSync(file("pictures"));
  run("generate", file("run-20"), "--seeds", "0-39", "--separate", "--out", file("pictures/inner"), ...PORTABLE);
  fs.writeFileSync(file("pictures/broken.png"), Buffer.from("89504e470d0a1a0a00000000", "hex"));
  fs.writeFileSync(file("pictures/huge.png"), hugeClaim());
  fs.writeFileSync(file("pictures/notes.txt"), "no picture at all");
}

const tests = [];
const test = (name, work) => tests.push([name, work]);

let context;
let page;
let devtools;
const complaints = [];

/** Opens the page with a state, and waits until it is ready. */
async function open(hash = "", name = "play.html") {
  await page.goto("about:blank");
  await page.goto(pathToFileURL(file(name)).href + hash);
  await page.waitForFunction(() => document.documentElement.dataset.ready === "true", null, { timeout: 120000 });
}

/** Waits until a text of the page has a part. */
const says = (id, part) =>
  page.waitForFunction(([id, part]) => document.getElementById(id).textContent.includes(part), [id, part], { timeout: 120000 });

const text = (id) => page.locator(`#${id}`).textContent();

/** A file that a click saves. */
async function saved(button, name) {
  const [download] = await Promise.all([page.waitForEvent("download"), page.click(button)]);
  await download.saveAs(file(name));
  return file(name);
}

/** Drops files and folders on the zone, as the system does. */
async function drop(...names) {
  const zone = page.locator("#drop");
  await zone.scrollIntoViewIfNeeded();
  const { x, y, width, height } = await zone.boundingBox();
  const data = { items: [], files: names.map(file), dragOperationsMask: 1 };
  for (const type of ["dragEnter", "dragOver", "drop"]) {
    await devtools.send("Input.dispatchDragEvent", { type, x: x + width / 2, y: y + height / 2, data });
  }
}

test("100 seeds give the bytes of the command line", async () => {
  await open();
  const npy = fs.readFileSync(file("seeds.npy"));
  const expected = npy.subarray(npy.length - 100 * 784);
  const pixels = await page.evaluate(async () => {
    const names = Array.from({ length: 100 }, (_, seed) => String(seed));
    const { pixels } = await picturesOf("after", await vectors(names));
    return [...pixels];
  });
  assert.ok(expected.equals(Buffer.from(pixels)), "pictures differ");
  // And what a reader sees after typing a seed.
  for (const seed of [0, 42, 99]) {
    await page.fill("#seed", String(seed));
    await says("point-caption", `Seed ${seed},`);
    const seen = await page.evaluate(() => {
      const canvas = document.getElementById("point-picture");
      const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      return [...data.filter((_, i) => i % 4 === 0)];
    });
    assert.ok(expected.subarray(784 * seed, 784 * (seed + 1)).equals(Buffer.from(seen)), `seed ${seed} looks otherwise`);
  }
});

/** The grey levels on a canvas. */
const seen = (id) =>
  page.evaluate((id) => {
    const canvas = document.getElementById(id);
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    return [...data.filter((_, i) => i % 4 === 0)];
  }, id);

test("a class on request has the bytes of the command line, and has its place in the address", async () => {
  const expected = (name, seed) => {
    const npy = fs.readFileSync(file(`${name}.npy`));
    return npy.subarray(npy.length - 20 * 784).subarray(784 * seed, 784 * (seed + 1));
  };
  const shows = async (name, seed) => assert.ok(expected(name, seed).equals(Buffer.from(await seen("point-picture"))), `${name}, seed ${seed}`);
  assert.ok(!expected("class-1", 3).equals(expected("class-7", 3)), "classes look different");
  await open("", "classes.html");
  assert.equal(await page.locator("#classes input").count(), 11);
  for (const seed of [0, 3, 19]) {
    await page.fill("#seed", String(seed));
    for (const name of ["class-7", "any", "class-1"]) {
      await page.check(`#${name === "any" ? "class-any" : name}`);
      await says("point-caption", name === "any" ? ", its own," : `Seed ${seed}, class ${name.at(-1)},`);
      await says("point-caption", `Seed ${seed},`);
      await shows(name, seed);
    }
  }
  const all = await page.evaluate(async () => {
    const names = Array.from({ length: 20 }, (_, seed) => `${seed}@7`);
    return [...(await picturesOf("after", await vectors(names))).pixels];
  });
  const sevens = fs.readFileSync(file("class-7.npy"));
  assert.ok(sevens.subarray(sevens.length - 20 * 784).equals(Buffer.from(all)), "sevens differ");
  // By keyboard, to a class, and its name in the file and the address.
  await page.focus("#class-1");
  await page.keyboard.press("ArrowRight");
  await says("point-caption", "Seed 19, class 2,");
  await page.waitForFunction(() => location.hash.includes("class=2"));
  assert.ok(fs.readFileSync(await saved("#save-picture", "class.png")).includes("Class\0" + "2"), "the text of the file");
  await page.click("#keep");
  await says("kept", "seed 19 as 2");
  // A walk from class to class begins and ends with the pictures of both.
  await open("#show=walk&from=5@1&to=5@7&t=0", "classes.html");
  await says("walk-caption", "0 % of the way from seed 5 as 1 to seed 5 as 7");
  assert.ok(expected("class-1", 5).equals(Buffer.from(await seen("walk-picture"))), "the beginning");
  await page.focus("#walk-t");
  await page.keyboard.press("End");
  await says("walk-caption", "100 % of the way");
  assert.ok(expected("class-7", 5).equals(Buffer.from(await seen("walk-picture"))), "the end");
  // Every part works, the small pair of the page too, and nonsense is left aside.
  for (const part of PARTS) {
    await open(`#show=${part}&class=3`, "classes.html");
    await page.waitForTimeout(300);
  }
  await page.click("#half-generator");
  await says("train-said", "The generator has learnt");
  await open("#class=10&kept=3@11;4@2", "classes.html");
  await says("point-caption", ", its own,");
  assert.equal(await page.locator("#kept li").count(), 1);
  await open();
  assert.ok(await page.locator("#classes").isHidden(), "a generator without classes has no choice of them");
});

test("20 steps by half-steps, saved, are those of the command line, and either goes on", async () => {
  await open("#show=train");
  await page.selectOption("#train-width", "16");
  await page.selectOption("#train-batch", "16");
  await page.fill("#train-seed", "5");
  for (let step = 1; step <= 20; step++) {
    await page.click("#half-generator");
    await says("train-said", "The generator has learnt");
    await page.click("#half-discriminator");
    await says("train-said", `Step ${step} is whole`);
  }
  const own = checkpoint(await saved("#save-checkpoint", "checkpoint.safetensors"));
  const data = await saved("#save-data", "train-images-idx3-ubyte");
  const { learning_rate, real_label } = own.about.config.training;
  const settings = ["--width", "16", "--batch-size", "16", "--seed", "5", "--lr", String(learning_rate)];
  assert.equal(own.about.step, 20);
  assert.equal(Math.fround(0.9), Math.fround(real_label));
  const from = ["--no-verify", "--data", data, ...PORTABLE];
  run("train-mnist", ...from, ...settings, "--dropout-keep", "1", "--steps", "20", "--out", file("twin"));
  const twin = checkpoint(file("twin/checkpoint.safetensors"));
  assert.deepEqual(own.list, twin.list);
  const differing = Object.entries(own.list).filter(([, { data_offsets: [from, to] }]) => !own.data.subarray(from, to).equals(twin.data.subarray(from, to)));
  assert.equal(differing.length, 0, `${differing.length} tensors differ, the first is ${differing[0]?.[0]}`);
  // The command that the page names goes on with its files.
  const named = (await text("command-from")).split(" ").slice(1).map((word) => (/\.|ubyte/.test(word) ? file(word) : word));
  run(...named, ...PORTABLE, "--steps", "1", "--out", file("from"));
  // The page goes on from its own checkpoint, which is dropped on it, and `generate` reads it.
  run("generate", file("checkpoint.safetensors"), "--count", "1", "--out", file("one.npy"));
  await open("#show=train");
  await page.click("#faults button >> nth=0");
  await page.waitForSelector('#faults button[aria-pressed="true"]');
  await page.evaluate(() => {
    document.getElementById("train-label").value = "0.6";
    document.getElementById("train-label").dispatchEvent(new Event("input"));
  });
  await drop("checkpoint.safetensors");
  await says("train-said", "goes on from step 20");
  // Its settings and no failure, as the checkpoint has them.
  assert.equal(await page.inputValue("#train-label"), "0.9");
  assert.equal(await page.locator('#faults button[aria-pressed="true"]').count(), 0);
  await page.click("#half-generator");
  await says("train-said", "The generator has learnt");
  await page.click("#half-discriminator");
  await says("train-said", "Step 21 is whole");
});

test("the address holds the state, and a saved picture has it in its text", async () => {
  await open("#seed=9&z=1.5,0,0,0,0,0,0,-2&show=pixel,12,20");
  await says("pixel-caption", "Row 12, column 20");
  await says("pixel-sum", "is the brightness");
  await page.focus("#pixel-picture");
  await page.keyboard.press("ArrowDown");
  await says("pixel-caption", "Row 13, column 20");
  await page.waitForFunction(() => location.hash.includes("pixel=13,20,0") && location.hash.includes("seed=9"));
  await page.click("nav a >> nth=0");
  await says("point-caption", "Seed 9, 2 of 8 sliders moved");
  const png = fs.readFileSync(await saved("#save-picture", "seed.png"));
  assert.ok(png.includes("Seed\0" + "9") && png.includes("#show=point&seed=9&z=1.5,0,0,0,0,0,0,-2"), "the text of the file");
  await page.goBack();
  await says("pixel-caption", "Row 13, column 20");
  // Nonsense in an address is left aside.
  await open("#seed=-1&z=a,b&show=<script>&pixel=9999,1&kept=%E0%A4%A");
  await says("point-caption", "Seed 7, no slider moved");
});

test("each part shows what it promises", async () => {
  await open("#show=walk&t=1");
  await says("walk-caption", "100 % of the way from seed 3 to seed 14");
  await page.check("#way-straight");
  await page.waitForFunction(() => location.hash.includes("way=straight"));
  await page.click("nav a >> nth=3");
  await says("channel-caption", "Channel 0 of");
  await page.fill("#channel", "1");
  await says("channel-caption", "Channel 1 of");
  await page.click("nav a >> nth=4");
  await says("norm-caption", "of 255 grey levels");
  const running = () => page.evaluate(() => document.getElementById("norm-running").toDataURL());
  const batch = () => page.evaluate(() => document.getElementById("norm-batch").toDataURL());
  const before = [await running(), await batch()];
  await page.click("#norm-other");
  await page.waitForFunction((old) => document.getElementById("norm-batch").toDataURL() !== old, before[1]);
  assert.equal(await running(), before[0], "running statistics do not depend on neighbours");
  await page.click("nav a >> nth=5");
  await page.waitForFunction(() => document.querySelectorAll("#states .phases span").length === 12);
  const phases = await page.locator("#phases-before span").allTextContents();
  assert.ok(Math.max(...phases.map(Number)) > 1.5, `the untrained generator has a checkerboard: ${phases}`);
  await page.click("nav a >> nth=6");
  await says("break-caption", "changed by 0.0 ");
  await page.focus("#break-bits");
  await page.keyboard.press("Home");
  await page.waitForFunction(() => !document.getElementById("break-caption").textContent.includes("by 0.0 "));
  await page.click("#break-mend");
  await says("break-caption", "changed by 0.0 ");
});

test("pictures are dropped: a folder is read, broken and huge files are named, and the page learns", async () => {
  await open("#show=train");
  await drop("pictures/broken.png");
  await says("data-said", "No picture could be used");
  assert.match(await text("data-said"), /broken\.png: it is no picture/);
  await drop("pictures/huge.png");
  await says("data-said", "it claims 100000×100000 pixels");
  await drop("pictures");
  await says("data-said", "40 pictures of 28×28 pixels are ready");
  assert.match(await text("data-said"), /3 left out/);
  await page.click("#train-restart");
  await says("train-said", "A new pair");
  await page.click("#half-generator");
  await says("train-said", "The generator has learnt");
  fs.writeFileSync(file("false.safetensors"), "no checkpoint");
  await drop("false.safetensors");
  await page.waitForFunction(() => /use another|cannot|not/.test(document.getElementById("train-said").textContent));
  await page.click("#half-discriminator");
  await says("train-said", "Step 1 is whole");
});

test("failures are buttons, and their words are shown", async () => {
  await open("#show=train");
  const names = await page.locator("#faults button").allTextContents();
  assert.ok(names.length >= 4, `${names}`);
  await page.click("#faults button >> nth=0");
  await page.waitForFunction(() => document.getElementById("fault-said").textContent.length > 20);
  await page.click("#train-run");
  await page.waitForFunction(() => document.getElementById("doctor").children.length > 0, null, { timeout: 120000 });
  await page.click("#faults button >> nth=0");
  await says("fault-said", "Mended.");
});

test("the page answers while it trains: no task of its own takes 50 ms of the processor", async () => {
  await open("#show=train");
  await page.click("#train-run");
  await says("train-said", "It trains");
  const events = [];
  const keep = ({ value }) => events.push(...value);
  devtools.on("Tracing.dataCollected", keep);
  const categories = "disabled-by-default-devtools.timeline,devtools.timeline,toplevel,__metadata";
  await devtools.send("Tracing.start", { categories, transferMode: "ReportEvents" });
  await page.waitForTimeout(4000);
  await page.click("nav a >> nth=0");
  await page.fill("#seed", "11");
  await says("point-caption", "Seed 11,");
  await page.click("nav a >> nth=7");
  await page.waitForTimeout(1000);
  const done = new Promise((resolve) => devtools.once("Tracing.tracingComplete", resolve));
  await devtools.send("Tracing.end");
  await done;
  devtools.off("Tracing.dataCollected", keep);
  const mains = events.filter((e) => e.name === "thread_name" && e.args.name === "CrRendererMain").map((e) => `${e.pid}:${e.tid}`);
  const tasks = events.filter((e) => e.name === "RunTask" && mains.includes(`${e.pid}:${e.tid}`) && e.tdur !== undefined);
  assert.ok(tasks.length > 100, `${tasks.length} tasks were seen`);
  const longest = Math.max(...tasks.map((e) => e.tdur)) / 1000;
  const wall = Math.max(...tasks.map((e) => e.dur)) / 1000;
  const speed = await page.evaluate(() => training.stepsPerSecond);
  console.log(`  longest task: ${longest.toFixed(1)} ms of the processor, ${wall.toFixed(1)} ms on the clock; ${speed.toFixed(1)} steps a second at width 32`);
  assert.ok(longest <= 50, `a task took ${longest} ms`);
});

test("a hidden tab trains no step", async () => {
  const hide = (hidden) =>
    page.evaluate((hidden) => {
      Object.defineProperty(document, "hidden", { value: hidden, configurable: true });
      document.dispatchEvent(new Event("visibilitychange"));
    }, hidden);
  await open("#show=train");
  await page.click("#train-run");
  await page.waitForFunction(() => training.step > 2, null, { timeout: 120000 });
  await hide(true);
  // The last progress before the pause may still be under way.
  await page.waitForTimeout(1000);
  const step = await page.evaluate(() => training.step);
  await page.waitForTimeout(1500);
  assert.equal(await page.evaluate(() => training.step), step);
  await hide(false);
  await page.waitForFunction((step) => training.step > step, step, { timeout: 120000 });
});

test("no part is wider than the window, in light and dark, also of 320 pixels", async () => {
  for (const [width, height] of [[320, 640], [768, 1024], [1400, 900]]) {
    await page.setViewportSize({ width, height });
    await page.emulateMedia({ colorScheme: width === 768 ? "dark" : "light", reducedMotion: width === 320 ? "reduce" : null });
    for (const part of PARTS) {
      await open(`#show=${part}`);
      await page.waitForTimeout(300);
      const found = await page.evaluate(() => document.documentElement.scrollWidth);
      assert.ok(found <= width, `${part} is ${found} pixels wide in a window of ${width}`);
    }
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
  await page.setViewportSize({ width: 1000, height: 900 });
});

test("by keyboard alone: to a part, a slider, a button", async () => {
  await open();
  const focus = () => page.evaluate(() => document.activeElement.id || document.activeElement.textContent);
  const tabTo = async (wanted) => {
    for (let i = 0; i < 80; i++) {
      await page.keyboard.press("Tab");
      if ((await focus()) === wanted) return;
    }
    assert.fail(`Tab never reached ${wanted}`);
  };
  await tabTo("direction-0");
  await page.keyboard.press("ArrowRight");
  await says("point-caption", "1 of 8 sliders moved");
  await tabTo("keep");
  await page.keyboard.press("Enter");
  await page.waitForFunction(() => document.getElementById("kept").children.length === 5);
  await page.keyboard.press("Control+Home");
  await page.evaluate(() => document.activeElement.blur());
  await tabTo("Train it here");
  await page.keyboard.press("Enter");
  await tabTo("train-run");
  await page.keyboard.press("Space");
  await page.waitForFunction(() => training.step > 0, null, { timeout: 120000 });
  await page.keyboard.press("Space");
  await says("train-said", "Paused at step");
  // Whatever can be used in this part is reached.
  const reached = new Set();
  for (let i = 0; i < 80; i++) {
    await page.keyboard.press("Tab");
    reached.add(await page.evaluate(() => document.activeElement.id || document.activeElement.value));
  }
  const all = await page.evaluate(() =>
    [...document.querySelectorAll("#train :is(button, input, select)")].map((node) => node.id || node.value),
  );
  assert.deepEqual(all.filter((id) => !reached.has(id)), []);
});

test("a screen reader finds a name for every control and picture", async () => {
  const roles = ["button", "slider", "textbox", "spinbutton", "combobox", "radio", "checkbox", "link", "image", "img", "application"];
  for (const part of PARTS) {
    await open(`#show=${part}`);
    await page.waitForTimeout(300);
    const { nodes } = await devtools.send("Accessibility.getFullAXTree");
    const own = nodes.filter((node) => !node.ignored && roles.includes(node.role?.value));
    assert.ok(own.length > 8, `${part}: ${own.length} controls`);
    const unnamed = own.filter((node) => !node.name?.value?.trim());
    assert.deepEqual(unnamed.map((node) => node.role.value), [], part);
  }
});

test("memory stays flat while it trains", async () => {
  await open("#show=train");
  await page.click("#train-run");
  const measured = async () => {
    await devtools.send("HeapProfiler.collectGarbage");
    const { usedSize } = await devtools.send("Runtime.getHeapUsage");
    const { metrics } = await devtools.send("Performance.getMetrics");
    const nodes = metrics.find(({ name }) => name === "Nodes").value;
    return { heap: usedSize / 1e6, nodes, step: await page.evaluate(() => training.step), resident: resident() };
  };
  await devtools.send("Performance.enable");
  await page.waitForFunction(() => training.step > 40, null, { timeout: 120000 });
  const first = await measured();
  const rounds = minutes > 0 ? Math.round(minutes * 6) : 1;
  let last = first;
  for (let i = 0; i < rounds; i++) {
    await page.waitForTimeout(minutes > 0 ? 10000 : 6000);
    last = await measured();
    if (minutes > 0) console.log(`  step ${last.step}: heap ${last.heap.toFixed(2)} MB, renderer ${last.resident.toFixed(0)} MB, ${last.nodes} nodes`);
  }
  console.log(`  from step ${first.step} to ${last.step}: heap ${first.heap.toFixed(2)} to ${last.heap.toFixed(2)} MB, renderer ${first.resident.toFixed(0)} to ${last.resident.toFixed(0)} MB`);
  assert.ok(last.step > first.step);
  assert.ok(last.heap - first.heap <= 2, "the heap of the page grows");
  assert.ok(last.resident - first.resident <= 40, "the memory of the tab grows");
});

/** Megabytes that the largest renderer of this browser has. */
function resident() {
  const sizes = fs.readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map((pid) => {
    try {
      const command = fs.readFileSync(`/proc/${pid}/cmdline`, "utf8");
      if (!command.includes("--type=renderer") || !command.includes(profile)) return 0;
      return Number(/VmRSS:\s+(\d+)/.exec(fs.readFileSync(`/proc/${pid}/status`, "utf8"))[1]) / 1000;
    } catch {
      return 0; // it has ended meanwhile
    }
  });
  return Math.max(...sizes);
}

const profile = file("profile");

let failed = 0;
try {
  prepare();
  context = await chromium.launchPersistentContext(profile, {
    executablePath: browserPath,
    args: FLAGS,
    acceptDownloads: true,
    viewport: { width: 1000, height: 900 },
  });
  context.on("request", (request) => {
    if (!/^(file|blob|data|about):/.test(request.url())) complaints.push(`a request to ${request.url()}`);
  });
  page = await context.newPage();
  page.on("console", (message) => {
    if (message.type() === "error") complaints.push(`the console says: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`an error: ${error.message}`));
  devtools = await context.newCDPSession(page);
  const only = process.env.PAGE_TEST;
  for (const [name, work] of tests.filter(([name]) => !only || name.includes(only))) {
    try {
      await work();
      assert.deepEqual(complaints, []);
      console.log(`ok: ${name}`);
    } catch (error) {
      failed += 1;
      complaints.length = 0;
      console.log(`FAILED: ${name}\n${error.stack}`);
    }
  }
} finally {
  await context?.close();
  fs.rmSync(folder, { recursive: true, force: true });
}
process.exitCode = failed === 0 ? 0 : 1;

// The worker in Node.js: what a page's `new Worker` would start, with the messages of `worker.js`.

import fs from "node:fs";
import vm from "node:vm";

const folder = new URL("..", import.meta.url);

// Node.js hands out a thousand messages of a channel before it looks at anything else, and a browser one.
class OneByOne {
  port1 = { onmessage: null };
  port2 = { postMessage: (data) => setImmediate(() => this.port1.onmessage({ data })) };
}

// A worker with the module at `path`, or the committed one. `ask` answers a request or throws its reason, and
// `heard` has what the worker said by itself.
export async function start(path = new URL("engine.wasm", folder)) {
  const waiting = new Map();
  const heard = [];
  const context = {
    onmessage: null,
    postMessage(message) {
      const answer = waiting.get(message.id);
      if (answer === undefined) {
        heard.push(message);
      } else {
        waiting.delete(message.id);
        answer(message);
      }
    },
    Blob, DecompressionStream, DataView, Error, MessageChannel: OneByOne, Response, TextDecoder, TextEncoder, WebAssembly, performance,
  };
  vm.createContext(context);
  vm.runInContext(fs.readFileSync(new URL("worker.js", folder), "utf8"), context, { filename: "worker.js" });
  const send = (data) => context.onmessage({ data });
  await send({ start: fs.readFileSync(path) });
  if (heard[0]?.type !== "ready") {
    throw new Error(heard[0]?.reason ?? "the worker did not start");
  }
  heard.length = 0;
  let last = 0;
  const ask = (request) =>
    new Promise((resolve, reject) => {
      last += 1;
      waiting.set(last, (answer) => (answer.type === "answer" ? resolve(answer) : reject(answer)));
      send({ ...request, id: last });
    });
  const memory = () => vm.runInContext("engine.memory.buffer.byteLength", context);
  // The next answer ends as a panic would.
  const trap = () =>
    vm.runInContext("engine = { ...engine, answer() { throw new WebAssembly.RuntimeError('unreachable'); } };", context);
  return { ask, heard, memory, trap };
}

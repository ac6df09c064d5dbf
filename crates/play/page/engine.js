// The engine, which lives in a worker. The page asks and draws; all arithmetic of networks is the
// worker's, so a question never blocks the page.

/** What the page was made of. */
const facts = JSON.parse(document.getElementById("facts").textContent);

const status = document.getElementById("status");

/** Says a sentence in the line below the parts. */
function say(sentence) {
  if (status.textContent !== sentence) status.textContent = sentence;
}

/** Lets the browser draw and answer before the next piece of work. */
const pause = () => new Promise((go) => setTimeout(go));

/** The bytes in an element: base64 of gzip. Decodes piece by piece, so that the page can answer. */
async function unpacked(id) {
  const text = document.getElementById(id).textContent;
  const stream = new DecompressionStream("gzip");
  const whole = new Response(stream.readable).arrayBuffer();
  const writer = stream.writable.getWriter();
  const piece = 1 << 18; // a multiple of 4 letters
  for (let at = 0; at < text.length; at += piece) {
    const letters = atob(text.slice(at, at + piece));
    const bytes = new Uint8Array(letters.length);
    for (let i = 0; i < letters.length; i++) bytes[i] = letters.charCodeAt(i);
    await writer.write(bytes);
    await pause();
  }
  await writer.close();
  return new Uint8Array(await whole);
}

/** A question that the engine refused; its message is a sentence for people. */
class Refused extends Error {}

/** A worker with an engine in it. */
class Engine {
  worker = null;
  /** Questions that wait for their answer, by number. */
  waiting = new Map();
  next = 1;
  /** What to do with messages that answer no question, by type. */
  heard = {};
  /** What makes the engine whole again after it broke. */
  restored = [];

  /** Starts the worker with the module. */
  async start() {
    const script = new Blob([document.getElementById("worker").textContent], { type: "text/javascript" });
    const place = URL.createObjectURL(script);
    this.worker = new Worker(place);
    const module = await unpacked("module");
    await new Promise((ready, broken) => {
      this.heard.ready = ready;
      this.heard.broken = (message) => broken(new Error(message.reason));
      this.worker.onerror = (event) => broken(new Error(event.message || "the worker could not start"));
      this.worker.onmessage = ({ data }) => this.hear(data);
      this.worker.postMessage({ start: module }, [module.buffer]);
    });
    URL.revokeObjectURL(place);
    this.heard.broken = () => this.again();
    this.heard.refused = (message) => say(sentence(new Error(message.reason)));
    this.worker.onerror = (event) => say(`The engine reports: ${event.message}.`);
  }

  hear(message) {
    const asked = this.waiting.get(message.id);
    if (asked === undefined) {
      const act = this.heard[message.type];
      if (act) act(message);
      return;
    }
    this.waiting.delete(message.id);
    if (message.type === "answer") {
      asked.answer(message);
    } else {
      asked.refuse(new Refused(message.reason));
      if (message.type === "broken") this.again();
    }
  }

  /** Answers to `question`, an object with `do`. `transfer` lists buffers to hand over. */
  ask(question, transfer = []) {
    const id = this.next++;
    return new Promise((answer, refuse) => {
      this.waiting.set(id, { answer, refuse });
      this.worker.postMessage({ ...question, id }, transfer);
    });
  }

  /** After a break the engine starts anew by itself and is empty; what was in it is loaded again. */
  async again() {
    say("The engine broke and starts anew; a training here is lost.");
    for (const restore of this.restored) {
      try {
        await restore();
      } catch (error) {
        say(sentence(error));
      }
    }
  }
}

const engine = new Engine();

/** An error as a sentence. */
function sentence(error) {
  const text = String(error.message || error).trim();
  const start = text.charAt(0).toUpperCase() + text.slice(1);
  return /[.!?]$/.test(start) ? start : `${start}.`;
}

/**
 * Work of which only the newest call matters: while one runs, later calls replace each other, and the
 * last of them runs when it has ended. An error becomes a sentence.
 */
function newest(work) {
  let wanted = null;
  let running = false;
  return async (...args) => {
    wanted = args;
    if (running) return;
    running = true;
    while (wanted) {
      const now = wanted;
      wanted = null;
      try {
        await work(...now);
      } catch (error) {
        say(sentence(error));
        if (!(error instanceof Refused)) console.error(error);
      }
    }
    running = false;
  };
}

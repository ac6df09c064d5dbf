// The state of the page, which its address holds: #show=pixel,12,20&seed=7&z=0.5,0,0,0,0,0,0,0
//
// Only what differs from the beginning stands in the address. A link with it shows the same.

const beginning = {
  /** The part that is shown. */
  show: "point",
  /** The point: a seed, its class if it is asked for one, and eight sliders. */
  seed: "7",
  class: "",
  z: "0,0,0,0,0,0,0,0",
  /** Points that are kept, as `seed`, `seed@class`, `seed:sliders` or `seed@class:sliders`. */
  kept: "3;14;15;92",
  from: "3",
  to: "14",
  way: "arc",
  t: "0.5",
  a: "3",
  b: "14",
  c: "15",
  /** A pixel: row, column, channel. */
  pixel: "14,14,0",
  /** A map: layer, channel. */
  map: "0,0",
  neighbours: "random,1",
  epsilon: "-3",
  slope: "0.01",
  bits: "7",
  bare: "",
};

const state = { ...beginning };

/** What is called when the state has changed. */
const followers = [];

function readAddress() {
  Object.assign(state, beginning);
  for (const part of location.hash.slice(1).split("&")) {
    const at = part.indexOf("=");
    const key = part.slice(0, at);
    if (at > 0 && Object.hasOwn(beginning, key)) {
      try {
        state[key] = decodeURIComponent(part.slice(at + 1));
      } catch {
        // Letters that are no address leave the beginning as it is.
      }
    }
  }
  // `show=pixel,12,20` names a part and the pixel in it; so do `show=layers,2,5` and `show=walk,0.3`.
  const [part, ...more] = state.show.split(",");
  state.show = PARTS.includes(part) ? part : "point";
  if (more.length > 0) {
    if (part === "pixel") state.pixel = [...more, "0"].slice(0, 3).join(",");
    if (part === "layers") state.map = more.slice(0, 2).join(",");
    if (part === "walk") state.t = more[0];
  }
  sound();
}

const PARTS = ["point", "walk", "pixel", "layers", "norm", "states", "break", "train"];

/** Replaces what no control could have written. */
function sound() {
  const isSeed = (text) => /^[0-9]{1,20}$/.test(text) && BigInt(text) < 1n << 64n;
  const isSliders = (text) => text.split(",").length === 8 && text.split(",").every((t) => Math.abs(Number(t)) <= 4);
  const isPoint = (text) => {
    const { seed, of, sliders } = named(text);
    return isSeed(seed) && (of === "" || isClass(of)) && (sliders === undefined || isSliders(sliders));
  };
  const within = (key, from, to) => {
    const value = Number(state[key]);
    if (!(from <= value && value <= to) || state[key] === "") state[key] = beginning[key];
  };
  if (!isSeed(state.seed)) state.seed = beginning.seed;
  if (!isClass(state.class)) state.class = "";
  if (!isSliders(state.z)) state.z = beginning.z;
  state.kept = state.kept.split(";").filter(isPoint).slice(0, 24).join(";");
  for (const key of ["from", "to", "a", "b", "c"]) if (!isPoint(state[key])) state[key] = beginning[key];
  if (state.way !== "straight") state.way = "arc";
  within("t", 0, 1);
  within("epsilon", -5, 0);
  within("slope", 0, 1);
  within("bits", 0, 7);
  const whole = (text) => /^[0-9]{1,4}$/.test(text);
  if (!state.pixel.split(",").every(whole) || state.pixel.split(",").length !== 3) state.pixel = beginning.pixel;
  if (!state.map.split(",").every(whole) || state.map.split(",").length !== 2) state.map = beginning.map;
  if (!/^(random|near),[0-9]{1,6}$/.test(state.neighbours)) state.neighbours = beginning.neighbours;
}

/** The address of the state. */
function address() {
  const parts = Object.keys(beginning).filter((key) => key === "show" || state[key] !== beginning[key]);
  // These letters may stand in an address as they are, and read better so.
  const text = (value) => encodeURIComponent(value).replace(/%(2C|3A|3B|40)/g, decodeURIComponent);
  return `#${parts.map((key) => `${key}=${text(state[key])}`).join("&")}`;
}

let writing = null;

/** Changes the state, tells those who follow it, and writes the address soon. */
function change(changes) {
  const before = state.show;
  Object.assign(state, changes);
  if (state.show !== before) {
    history.pushState(null, "", address());
  } else if (writing === null) {
    // Browsers allow some hundred changes in half a minute.
    writing = setTimeout(() => {
      writing = null;
      history.replaceState(null, "", address());
    }, 300);
  }
  followers.forEach((follow) => follow());
}

window.addEventListener("popstate", () => {
  readAddress();
  followers.forEach((follow) => follow());
});

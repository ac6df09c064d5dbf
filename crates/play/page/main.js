// The beginning: read the address, start the engine, load the generator, show the part.

/** Shows the part that the state names, and hides the others. */
function showPart() {
  for (const part of PARTS) element(part).hidden = part !== state.show;
  document.querySelectorAll("nav a").forEach((link) => {
    if (link.hash === `#show=${state.show}`) link.setAttribute("aria-current", "page");
    else link.removeAttribute("aria-current");
  });
  if (nets.has("after")) views[state.show]();
}

async function main() {
  readAddress();
  followers.push(showPart);
  document.querySelectorAll("nav a").forEach((link) => {
    link.addEventListener("click", (event) => {
      if (event.ctrlKey || event.metaKey || event.shiftKey) return;
      event.preventDefault();
      change({ show: link.hash.slice("#show=".length) });
      // Scroll positions belong to the part that was left.
      window.scrollTo(0, 0);
    });
  });
  document.querySelector(".skip").addEventListener("click", (event) => {
    event.preventDefault();
    element("main").focus();
  });
  valued("walk-t", (t) => `${Math.round(100 * t)} %`);
  valued("norm-epsilon", (x) => (10 ** x).toPrecision(2));
  valued("break-slope", (x) => x.toFixed(2));
  valued("break-bits", (at) => (BITS[at] ? `${BITS[at]}` : "as they are"));
  const [{ step, precision }] = facts.networks;
  const earlier = facts.networks.length > 1 ? ` Those of earlier steps have ${facts.networks[1].precision}.` : "";
  const exact = precision.startsWith("32")
    ? "pictures are those of the command line on its portable path, byte for byte"
    : "pictures may differ from those of the command line by a few grey levels";
  element("precision").textContent = `The weights of step ${thousands(step)} have ${precision}: ${exact}.${earlier}`;
  setUpClasses();
  setUpPoint();
  setUpWalk();
  setUpPixel();
  setUpLayers();
  setUpNorm();
  setUpStates();
  setUpPictures();
  showPart();
  await engine.start();
  const { layers } = await have("after");
  layersOfNet = layers;
  setUpBreak();
  engine.restored.push(async () => {
    nets.clear();
    await have("after");
    showPart();
  });
  say("");
  showPart();
  await setUpTrain();
  // Maps have the colours of the page, which may turn dark.
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", showPart);
  document.documentElement.dataset.ready = "true";
}

main().catch((error) => {
  say(`This page could not start. ${sentence(error)}`);
  console.error(error);
});

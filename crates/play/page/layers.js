// Part 4: the maps of all layers.

const WHAT = { input: "the point", sum: "sum", active: "after batch norm and leaky ReLU", image: "after tanh" };

function setUpLayers() {
  element("layer").addEventListener("change", (event) => change({ map: `${event.target.value},0` }));
  element("channel").addEventListener("input", (event) => {
    const [layer] = state.map.split(",");
    change({ map: `${layer},${Math.max(0, Math.round(Number(event.target.value)) || 0)}` });
  });
}

/** The numbers of one channel. */
function channelOf(values, [, height, width, channels], channel) {
  const map = new Float32Array(height * width);
  for (let i = 0; i < map.length; i++) map[i] = values[i * channels + channel];
  return map;
}

/** All maps of a layer on one canvas, each enlarged alike, with a frame around the chosen one. */
function paintAtlas(canvas, values, shape, chosen) {
  const [, height, width, channels] = shape;
  const columns = Math.min(channels, Math.max(8, Math.ceil(Math.sqrt(channels * 4))));
  canvas.style.maxWidth = `${Math.max(10, 4 * columns)}rem`; // one map alone need not fill the page
  const rows = Math.ceil(channels / columns);
  canvas.width = columns * (width + 1) + 1;
  canvas.height = rows * (height + 1) + 1;
  const context = canvas.getContext("2d");
  const most = largest(values);
  for (let c = 0; c < channels; c++) {
    const left = (c % columns) * (width + 1) + 1;
    const top = Math.floor(c / columns) * (height + 1) + 1;
    context.putImageData(heat(channelOf(values, shape, c), height, width, most), left, top);
    if (c === chosen) {
      context.strokeStyle = colours().css("--ink");
      context.strokeRect(left - 0.5, top - 0.5, width + 1, height + 1);
    }
  }
  return (across, down) => {
    const column = Math.min(columns - 1, Math.floor(across * columns));
    return Math.min(channels - 1, Math.floor(down * rows) * columns + column);
  };
}

views.layers = newest(async () => {
  const bytes = bytesOf(await vectors([currentPoint()]));
  const answer = await engine.ask({ do: "layers", net: "after", bytes, show: 0 }, [bytes]);
  const maps = answer.layers.filter(({ what, part }) => what !== "input" && answer.shapes[part].length === 4);
  let [layer, channel] = state.map.split(",").map(Number);
  layer = Math.min(layer, maps.length - 1);
  channel = Math.min(channel, answer.shapes[maps[layer].part][3] - 1);
  const select = element("layer");
  const title = ({ name, what }) => `${short(name)}, ${WHAT[what] ?? what}`;
  select.replaceChildren(...maps.map((map, i) => made("option", { value: String(i) }, title(map))));
  select.value = String(layer);
  if (document.activeElement !== element("channel")) element("channel").value = channel;
  element("channel").max = String(answer.shapes[maps[layer].part][3] - 1);
  followChannel(answer, maps[layer], channel);
  const figures = maps.map((map, i) => {
    const shape = answer.shapes[map.part];
    const canvas = made("canvas", { role: "img", "aria-label": `All ${shape[3]} maps of ${title(map)}` });
    const find = paintAtlas(canvas, answer.parts[map.part], shape, i === layer ? channel : -1);
    canvas.addEventListener("click", (event) => {
      const place = canvas.getBoundingClientRect();
      const across = (event.clientX - place.left) / place.width;
      const down = (event.clientY - place.top) / place.height;
      change({ map: `${i},${find(across, down)}` });
    });
    const words = `${title(map)}: ${shape[3]} maps of ${shape[1]}×${shape[2]}.`;
    return made("figure", {}, canvas, made("figcaption", {}, words));
  });
  element("layer-maps").replaceChildren(...figures);
});

/** The chosen map, large, and its numbers. */
function followChannel(answer, { part, name, what }, channel) {
  const [, height, width] = answer.shapes[part];
  const map = channelOf(answer.parts[part], answer.shapes[part], channel);
  paintHeat(element("channel-picture"), map, height, width);
  const least = Math.min(...map);
  const most = Math.max(...map);
  const mean = map.reduce((sum, x) => sum + x, 0) / map.length;
  const below = map.filter((x) => x < 0).length;
  element("channel-caption").textContent =
    `Channel ${channel} of ${short(name)}, ${WHAT[what] ?? what}: from ${plain(least, 2)} to ${plain(most, 2)}, ` +
    `mean ${plain(mean, 2)}, ${Math.round((100 * below) / map.length)} % below 0.`;
}

// A second worker: it makes small pictures of the files that the reader drops, so that neither the
// page nor a training waits for it.
//
// Message: {files: [File], size, channels}. Answers: {done, of} now and then, and at the end
// {pixels: Uint8Array NHWC, count, refused: [{name, reason}]}.

const MOST_BYTES = 40 << 20;
const MOST_PIXELS = 60e6;
const MOST_PICTURES = 5000;

/** The extents that a PNG or JPEG file claims, before it is unfolded; null of other files. */
async function claimed(file) {
  const head = new DataView(await file.slice(0, 1 << 16).arrayBuffer());
  const has = (at, bytes) => at + bytes <= head.byteLength;
  if (has(0, 24) && head.getUint32(0) === 0x89504e47) return [head.getUint32(16), head.getUint32(20)];
  if (!has(0, 4) || head.getUint16(0) !== 0xffd8) return null;
  for (let at = 2; has(at, 9) && head.getUint8(at) === 0xff; at += 2 + head.getUint16(at + 2)) {
    const marker = head.getUint8(at + 1);
    const isFrame = 0xc0 <= marker && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (isFrame) return [head.getUint16(at + 7), head.getUint16(at + 5)];
  }
  return null;
}

/** The middle square of a picture, made small: bytes HWC. */
async function small(file, size, channels) {
  if (file.size === 0) throw new Error("it is empty");
  if (file.size > MOST_BYTES) throw new Error(`it has ${file.size >> 20} MB; ${MOST_BYTES >> 20} are the most`);
  const extents = await claimed(file);
  if (extents && extents[0] * extents[1] > MOST_PIXELS) {
    throw new Error(`it claims ${extents[0]}×${extents[1]} pixels; ${MOST_PIXELS / 1e6} million are the most`);
  }
  let picture;
  try {
    picture = await createImageBitmap(file);
  } catch {
    throw new Error("it is no picture that this browser can read");
  }
  const side = Math.min(picture.width, picture.height);
  const canvas = new OffscreenCanvas(size, size);
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingQuality = "high";
  context.fillStyle = "white"; // behind what is transparent, as the command line has it
  context.fillRect(0, 0, size, size);
  context.drawImage(picture, (picture.width - side) / 2, (picture.height - side) / 2, side, side, 0, 0, size, size);
  picture.close();
  const { data } = context.getImageData(0, 0, size, size);
  const pixels = new Uint8Array(size * size * channels);
  for (let i = 0; i < size * size; i++) {
    const [red, green, blue] = data.subarray(4 * i, 4 * i + 3);
    if (channels === 3) pixels.set([red, green, blue], 3 * i);
    else pixels[i] = Math.floor((2126 * red + 7152 * green + 722 * blue) / 10000);
  }
  return pixels;
}

onmessage = async ({ data: { files, size, channels } }) => {
  const refused = [];
  const kept = [];
  const taken = files.slice(0, MOST_PICTURES);
  for (const file of taken) {
    try {
      kept.push(await small(file, size, channels));
    } catch (error) {
      refused.push({ name: file.name, reason: error.message });
    }
    if ((kept.length + refused.length) % 50 === 0) postMessage({ done: kept.length, of: taken.length });
  }
  if (taken.length < files.length) {
    refused.push({ name: `${files.length - taken.length} further files`, reason: `${MOST_PICTURES} are the most` });
  }
  const pixels = new Uint8Array(kept.length * size * size * channels);
  kept.forEach((picture, i) => pixels.set(picture, i * picture.length));
  postMessage({ pixels, count: kept.length, refused }, [pixels.buffer]);
};

// A picture as a PNG file, with what made it in its text, and files to save.

const crcs = Uint32Array.from({ length: 256 }, (_, n) => {
  for (let k = 0; k < 8; k++) n = n & 1 ? 0xedb88320 ^ (n >>> 1) : n >>> 1;
  return n;
});

/** The check sum of a chunk (PNG specification, annex D). */
function crc(bytes) {
  let sum = 0xffffffff;
  for (const byte of bytes) sum = crcs[(sum ^ byte) & 255] ^ (sum >>> 8);
  return (sum ^ 0xffffffff) >>> 0;
}

/** A chunk: length, type, bytes, check sum. */
function chunk(type, bytes) {
  const out = new Uint8Array(12 + bytes.length);
  const view = new DataView(out.buffer);
  view.setUint32(0, bytes.length);
  for (let i = 0; i < 4; i++) out[4 + i] = type.charCodeAt(i);
  out.set(bytes, 8);
  view.setUint32(8 + bytes.length, crc(out.subarray(4, 8 + bytes.length)));
  return out;
}

/** Text in Latin-1, which is what a text chunk holds; other letters become question marks. */
const latin1 = (text) => Uint8Array.from([...text], (c) => (c.charCodeAt(0) < 256 ? c.charCodeAt(0) : 63));

/** The PNG file of a picture of bytes, HWC, each pixel a square of `scale`; `texts` are its words. */
async function png(pixels, [height, width, channels], scale, texts) {
  const line = 1 + width * scale * channels;
  const raw = new Uint8Array(line * height * scale); // the first byte of each line: no filter
  for (let y = 0; y < height * scale; y++) {
    for (let x = 0; x < width * scale; x++) {
      const from = (Math.floor(y / scale) * width + Math.floor(x / scale)) * channels;
      raw.set(pixels.subarray(from, from + channels), y * line + 1 + x * channels);
    }
  }
  const stream = new Blob([raw]).stream().pipeThrough(new CompressionStream("deflate"));
  const data = new Uint8Array(await new Response(stream).arrayBuffer());
  const head = new Uint8Array(13);
  const view = new DataView(head.buffer);
  view.setUint32(0, width * scale);
  view.setUint32(4, height * scale);
  head.set([8, channels === 3 ? 2 : 0, 0, 0, 0], 8);
  const words = Object.entries(texts).map(([key, text]) => chunk("tEXt", latin1(`${key}\0${text}`)));
  const signature = Uint8Array.of(137, 80, 78, 71, 13, 10, 26, 10);
  return new Blob([signature, chunk("IHDR", head), ...words, chunk("IDAT", data), chunk("IEND", new Uint8Array())], {
    type: "image/png",
  });
}

/** Hands a file to the reader. */
function save(blob, name) {
  const address = URL.createObjectURL(blob);
  const link = made("a", { href: address, download: name });
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10000);
}

// Pictures to learn from: those in the page, and those that the reader drops on it.

/** The files that were dropped last; they are made small again when the size changes. */
let droppedFiles = [];

/** Files of a folder that are looked at. */
const MOST_FILES = 20000;

/**
 * All files of what is dropped, those in its folders too. Chromium gives handles, which work in a page that
 * was opened from a disk; its entries do not. Other browsers have entries alone.
 */
async function filesOf(transfer) {
  // The list is empty after the first wait, so all is taken out of it at once.
  const items = [...transfer.items].filter((item) => item.kind === "file");
  const plain = [...transfer.files];
  const handles = items.map((item) => item.getAsFileSystemHandle?.());
  const entries = items.map((item) => item.webkitGetAsEntry?.());
  const found = [];
  for (let i = 0; i < items.length; i++) {
    const handle = await Promise.resolve(handles[i]).catch(() => null);
    if (handle) await filesOfHandle(handle, found);
    else if (entries[i]?.isDirectory) await filesOfEntry(entries[i], found);
    else if (plain[i]) found.push(plain[i]);
  }
  return found;
}

async function filesOfHandle(handle, found) {
  if (handle.kind === "file") {
    found.push(await handle.getFile());
    return;
  }
  for await (const inner of handle.values()) {
    if (found.length < MOST_FILES) await filesOfHandle(inner, found);
  }
}

async function filesOfEntry(entry, found) {
  if (entry.isFile) {
    found.push(await new Promise((file, failed) => entry.file(file, failed)));
    return;
  }
  const reader = entry.createReader();
  for (;;) {
    const some = await new Promise((list, failed) => reader.readEntries(list, failed));
    if (some.length === 0 || found.length >= MOST_FILES) return;
    for (const inner of some) await filesOfEntry(inner, found);
  }
}

/** What the decoder makes of files: {pixels, count, refused}. */
function decoded(files, size, channels, progress) {
  const script = new Blob([element("decoder").textContent], { type: "text/javascript" });
  const place = URL.createObjectURL(script);
  const decoder = new Worker(place);
  URL.revokeObjectURL(place);
  return new Promise((answer, refuse) => {
    decoder.onerror = (event) => refuse(new Error(event.message || "the files cannot be read"));
    decoder.onmessage = ({ data }) => (data.pixels ? answer(data) : progress(data));
    decoder.postMessage({ files, size, channels });
  }).finally(() => decoder.terminate());
}

/** The size and the channels that the reader has chosen for what is learnt from. */
const chosenSize = () => element("train-size").value.split(",").map(Number);

/** Takes files as pictures to learn from, and says what came of it. */
async function takeFiles(files) {
  const saved = files.find((file) => file.name.endsWith(".safetensors"));
  if (saved) return goOnFrom(saved);
  const shown = files.filter((file) => !file.name.startsWith("."));
  const tell = (text) => (element("data-said").textContent = text);
  if (shown.length === 0) return tell("There was no file in what was dropped.");
  const [size, channels] = chosenSize();
  tell(`${shown.length} files are read …`);
  const { pixels, count, refused } = await decoded(shown, size, channels, ({ done, of }) => tell(`${done} of ${of} pictures are read …`));
  const left = refused.length === 0 ? "" : ` ${refused.length} left out; ${refused[0].name}: ${refused[0].reason}.`;
  if (count === 0) return tell(`No picture could be used.${left}`);
  droppedFiles = shown;
  offerDropped({ name: "pictures", height: size, width: size, channels, count, pixels });
  tell(`${count} pictures of ${size}×${size} pixels are ready: start anew to learn from them.${left}`);
}

function setUpPictures() {
  const zone = element("drop");
  const take = (files) => takeFiles(files).catch((error) => (element("data-said").textContent = sentence(error)));
  // A file that misses the zone would replace the page.
  for (const type of ["dragover", "drop"]) window.addEventListener(type, (event) => event.preventDefault());
  zone.addEventListener("dragover", () => zone.classList.add("over-it"));
  zone.addEventListener("dragleave", () => zone.classList.remove("over-it"));
  zone.addEventListener("drop", (event) => {
    zone.classList.remove("over-it");
    filesOf(event.dataTransfer).then(take, (error) => (element("data-said").textContent = sentence(error)));
  });
  for (const id of ["choose-folder", "choose-pictures"]) {
    element(id).addEventListener("change", ({ target }) => {
      take([...target.files]);
      target.value = ""; // or the same choice would not be a change
    });
  }
  element("train-size").addEventListener("change", () => {
    if (droppedFiles.length > 0 && element("train-data").value === "dropped") take(droppedFiles);
  });
}

// Predicts beside the page, which so stays awake. Each image has a run of the program of its own: what one takes of memory, or
// breaks, is gone with it.

const decoded = (base64) => Uint8Array.fromBase64?.(base64) ?? Uint8Array.from(atob(base64), (letter) => letter.charCodeAt(0));

// The program and the model, as the page carries them.
const prepare = async ({ program, model }) => {
  const unpacked = new Blob([decoded(program)]).stream().pipeThrough(new DecompressionStream("gzip"));
  return { module: await WebAssembly.compile(await new Response(unpacked).arrayBuffer()), model: decoded(model) };
};

// No image has a name with a slash, so these are nobody's.
const [MODEL, OUTPUT] = ["scumble/model.safetensors", "scumble/maps"];

const predict = ({ module, model }, { name, image, slice, fast }) => {
  const files = new Map([[MODEL, new MemoryFile(model)], [name, new MemoryFile(image)]]);
  const words = ["scumble-web", MODEL, name, String(slice), OUTPUT, ...(fast ? ["fast"] : [])];
  let [said, wrong, predicted] = ["", "", null];
  const text = new TextDecoder();
  const stdout = (bytes) => {
    const lines = (said + text.decode(bytes, { stream: true })).split("\n");
    said = lines.pop();
    for (const line of lines.map((line) => JSON.parse(line))) {
      if (line.tiles) postMessage(line);
      predicted = line.predicted ?? predicted;
    }
  };
  const stderr = (bytes) => (wrong += new TextDecoder().decode(bytes));
  let code;
  try {
    code = run(module, words, files, { stdout, stderr });
  } catch (error) {
    return { failed: `${name}: this image made the program stop. ${wrong.trim() || error.message}` };
  }
  if (code !== 0 || !predicted) return { failed: wrong.trim() || `${name}: the program ended with ${code}` };
  const file = (path) => files.get(path).bytes;
  return { predicted, maps: file(predicted.maps), pictures: predicted.pictures.map(file), shown: file(predicted.shown) };
};

let ready;
addEventListener("message", async ({ data }) => {
  try {
    ready ??= prepare(data.carried);
    postMessage(predict(await ready, data));
  } catch (error) {
    postMessage({ failed: `The program does not run in this browser: ${error.message}` });
  }
});

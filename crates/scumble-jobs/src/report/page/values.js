// The numbers behind a panel's colours, read back from its picture: to one of 255 levels, and none where it is unknown.
const palettes = Object.fromEntries(
  Object.entries(JSON.parse(document.querySelector("main").dataset.palettes)).map(([name, colours]) => {
    const levels = new Map();
    for (let level = 254; level >= 0; level--) levels.set(parseInt(colours.slice(6 * level, 6 * level + 6), 16), level);
    return [name, { colours, levels }];
  }));

const read = new WeakMap();
// Of a panel: { width, height, levels: Float32Array of 0 to 1, at(column, row) in the panel's unit }.
const numbers = (panel) => {
  if (!read.has(panel)) read.set(panel, decode(panel));
  return read.get(panel);
};
const decode = async (panel) => {
  const image = panel.querySelector("img");
  await image.decode();
  const { naturalWidth: width, naturalHeight: height } = image;
  const context = make("canvas", { width, height }).getContext("2d", { willReadFrequently: true });
  context.drawImage(image, 0, 0);
  const { data } = context.getImageData(0, 0, width, height);
  const { levels } = palettes[panel.dataset.palette];
  const shares = new Float32Array(width * height);
  for (let i = 0; i < shares.length; i++) {
    const level = levels.get((data[4 * i] << 16) | (data[4 * i + 1] << 8) | data[4 * i + 2]);
    shares[i] = level === undefined ? NaN : level / 254;
  }
  const [low, high] = [Number(panel.dataset.low), Number(panel.dataset.high)];
  return { width, height, shares, at: (column, row) => low + (high - low) * shares[row * width + column] };
};

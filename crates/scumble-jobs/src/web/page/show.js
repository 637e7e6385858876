// A prediction over its image: how strongly, from which probability on, of which class; and the numbers under the cursor.

// Larger pictures are drawn by every second pixel, every third, ..
const LONGEST = 4096;
const [picture, overlay, frame, cross] = ["#picture", "#overlay", "#frame", "#cross"].map(at);
const [which, cut, threshold, opacity, colour] = ["#class select", "#cut", "#threshold", "#opacity", "#colour"].map(at);
const [numbers, saveMaps, savePicture] = ["#numbers", "#save-maps", "#save-picture"].map(at);
let shown = null;

// The numbers of an NPY of f32 as scumble writes it.
const numbersOf = (bytes) => {
  const header = new DataView(bytes.buffer, bytes.byteOffset).getUint16(8, true);
  return new Float32Array(bytes.slice(10 + header).buffer);
};

const probability = (row, column) => {
  const { predicted, probabilities } = shown;
  return probabilities[(row * predicted.width + column) * predicted.classes.length + Number(which.value)];
};

const paint = () => {
  if (!shown) return;
  const { step } = shown;
  const { width, height } = overlay;
  const drawn = new ImageData(width, height);
  const [red, green, blue] = [1, 3, 5].map((from) => parseInt(colour.value.slice(from, from + 2), 16));
  const least = Number(threshold.value);
  for (let row = 0, i = 0; row < height; row++) {
    for (let column = 0; column < width; column++, i += 4) {
      const share = probability(row * step, column * step);
      // Where nothing is known nothing is drawn: no comparison with NaN holds.
      const strength = cut.checked ? (share >= least ? 1 : 0) : share || 0;
      drawn.data.set([red, green, blue, Math.round(255 * strength)], i);
    }
  }
  overlay.getContext("2d").putImageData(drawn, 0, 0);
};

const fade = () => {
  overlay.style.opacity = opacity.value;
  at("#opacity-value").textContent = `${Math.round(100 * opacity.value)} %`;
  opacity.setAttribute("aria-valuetext", at("#opacity-value").textContent);
};
const move = () => {
  at("#threshold-value").textContent = Number(threshold.value).toFixed(2);
  if (cut.checked) paint();
};

const plural = (count, thing) => `${count.toLocaleString("en")} ${thing}${count === 1 ? "" : "s"}`;

const remarks = ({ without_data, unlike_training, calibrated_otherwise, pictures }) => [
  unlike_training && "This image is far outside of what the model was trained on: look at its units, its bits and its exposure.",
  calibrated_otherwise && "The model's calibration was fitted to the mean of other views than these: it may not hold.",
  without_data > 0 && `The image has no data at ${plural(without_data, "pixel")}: the maps are NaN there, which PNG cannot say.`,
];

const show = async (name, { predicted, maps, pictures, shown: image }, seconds) => {
  const { width, height, classes, views, slices } = predicted;
  const step = Math.ceil(Math.max(width, height) / LONGEST);
  shown = { name, predicted, maps, pictures, probabilities: numbersOf(maps), step, row: 0, column: 0 };
  for (const canvas of [picture, overlay]) {
    canvas.width = Math.ceil(width / step);
    canvas.height = Math.ceil(height / step);
  }
  const bitmap = await createImageBitmap(new Blob([image], { type: "image/png" }));
  picture.getContext("2d").drawImage(bitmap, 0, 0, picture.width, picture.height);
  at("#name").textContent = name;
  at("#said").textContent =
    `${height} x ${width} pixels, ${views === 1 ? "as they are" : `the mean of ${views} views`}, in ${seconds.toFixed(1)} s.`;
  at("#remarks").replaceChildren(
    ...remarks(predicted).filter(Boolean).map((text) => Object.assign(document.createElement("p"), { textContent: text })),
  );
  at("#slice").hidden = slices === 1;
  slice.max = slices - 1;
  at("#slices").textContent = `of ${slices}, counted from 0`;
  if (which.length !== classes.length) which.replaceChildren(...classes.map((text, i) => new Option(text, i)));
  at("#class").hidden = classes.length === 1;
  savePicture.disabled = pictures.length === 0;
  frame.classList.toggle("coarse", width < 600);
  cross.hidden = true;
  numbers.textContent = "";
  at("#result").hidden = false;
  paint();
};

const point = (row, column) => {
  const { predicted } = shown;
  const inside = (value, end) => Math.min(Math.max(value, 0), end - 1);
  [shown.row, shown.column] = [inside(row, predicted.height), inside(column, predicted.width)];
  const share = probability(shown.row, shown.column);
  numbers.textContent = `row ${shown.row}, column ${shown.column}: ${Number.isNaN(share) ? "no data" : share.toFixed(4)}`;
  cross.hidden = false;
  cross.style.left = `${(100 * (shown.column + 0.5)) / predicted.width}%`;
  cross.style.top = `${(100 * (shown.row + 0.5)) / predicted.height}%`;
};
frame.addEventListener("pointermove", ({ clientX, clientY }) => {
  if (!shown) return;
  const { left, top, width, height } = overlay.getBoundingClientRect();
  point(
    Math.floor(((clientY - top) / height) * shown.predicted.height),
    Math.floor(((clientX - left) / width) * shown.predicted.width),
  );
});
frame.addEventListener("keydown", (event) => {
  const by = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] }[event.key];
  if (!shown || !by) return;
  event.preventDefault();
  const stride = event.shiftKey ? 10 : 1;
  point(shown.row + stride * by[0], shown.column + stride * by[1]);
});

const save = (bytes, type, ending) => {
  const href = URL.createObjectURL(new Blob([bytes], { type }));
  const stem = shown.name.replace(/(\.nii)?\.\w+$/, "");
  const part = shown.predicted.slices > 1 ? `@${slice.value.padStart(4, "0")}` : "";
  Object.assign(document.createElement("a"), { href, download: `${stem}${part}${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
};
saveMaps.addEventListener("click", () => save(shown.maps, "application/octet-stream", ".npy"));
savePicture.addEventListener("click", () => {
  const { classes } = shown.predicted;
  const ending = classes.length === 1 ? ".png" : `-${classes[which.value]}.png`;
  save(shown.pictures[which.value], "image/png", ending);
});

for (const input of [which, cut, colour]) input.addEventListener("input", paint);
opacity.addEventListener("input", fade);
threshold.addEventListener("input", move);
fade();
move();

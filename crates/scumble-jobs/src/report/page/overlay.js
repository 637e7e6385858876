// The prediction over the image: its outline at the threshold beside that of the label, and heat where it is above.
const OUTLINES = { label: "#35b4ff", prediction: "#ff9a2e" };
const heat = { on: false, overlays: new Set() };

// The edges between pixels at or above the threshold and others.
const outline = ({ width, height, shares }, scale) => {
  const path = new Path2D();
  const inside = (column, row) => shares[row * width + column] >= threshold.value - 1e-6;
  for (let row = 0; row < height; row++) {
    for (let column = 0; column < width; column++) {
      const here = inside(column, row);
      const [left, top, right, bottom] = [column, row, column + 1, row + 1].map((place) => place * scale);
      if (column + 1 < width && here !== inside(column + 1, row)) {
        path.moveTo(right, top);
        path.lineTo(right, bottom);
      }
      if (row + 1 < height && here !== inside(column, row + 1)) {
        path.moveTo(left, bottom);
        path.lineTo(right, bottom);
      }
    }
  }
  return path;
};

const heated = ({ width, height, shares }) => {
  const canvas = make("canvas", { width, height });
  const context = canvas.getContext("2d", { willReadFrequently: true });
  const picture = context.createImageData(width, height);
  const { colours } = palettes.sequential;
  shares.forEach((share, at) => {
    if (!(share >= threshold.value - 1e-6)) return;
    const colour = parseInt(colours.substr(6 * Math.round(254 * share), 6), 16);
    picture.data.set([colour >> 16, (colour >> 8) & 255, colour & 255, 190], 4 * at);
  });
  context.putImageData(picture, 0, 0);
  return canvas;
};

// Draws the overlay of a strip into a canvas; several classes: of the one chosen.
const draw = async (strip, canvas, chosen) => {
  const of = (role) => all(`[data-role=${role}][data-palette]`, strip).find((panel) => !chosen || panel.dataset.class === chosen);
  const [label, prediction] = await Promise.all(["label", "prediction"].map((role) => numbers(of(role))));
  const image = strip.querySelector("[data-role=image] img");
  if (image) await image.decode();
  const { width, height } = prediction;
  const scale = Math.max(1, Math.round(720 / Math.max(width, height)));
  Object.assign(canvas, { width: width * scale, height: height * scale });
  canvas.dataset.scale = scale;
  const context = canvas.getContext("2d", { willReadFrequently: true });
  context.imageSmoothingEnabled = false;
  context.fillStyle = "#777";
  context.fillRect(0, 0, canvas.width, canvas.height);
  if (image) context.drawImage(image, 0, 0, canvas.width, canvas.height);
  if (heat.on) context.drawImage(heated(prediction), 0, 0, canvas.width, canvas.height);
  for (const [map, colour] of [[label, OUTLINES.label], [prediction, OUTLINES.prediction]]) {
    const path = outline(map, scale);
    // As wide on the screen, however small the picture is shown.
    const pixel = Math.max(1, canvas.width / (canvas.clientWidth || canvas.width));
    for (const [ink, thick] of [["rgb(0 0 0 / 55%)", 3 * pixel], [colour, 1.5 * pixel]]) {
      Object.assign(context, { strokeStyle: ink, lineWidth: thick });
      context.stroke(path);
    }
  }
  canvas.dataset.drawn = threshold.value;
  canvas.dispatchEvent(new Event("drawn"));
};

// Only what is to be seen is drawn, one drawing at a time, and the last threshold always.
const overlay = (strip) => {
  const canvas = make("canvas", { className: "overlay", width: strip.dataset.columns, height: strip.dataset.rows });
  const name = strip.dataset.id;
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", `prediction over the image of ${name}`);
  const classes = all("[data-role=prediction][data-class]", strip).map((panel) => panel.dataset.class);
  const choice = make("select", {}, ...classes.map((text) => make("option", { textContent: text })));
  choice.setAttribute("aria-label", "class");
  const state = { seen: false, stale: true, busy: false };
  const refresh = async () => {
    if (state.busy || !state.stale || !state.seen) return;
    [state.busy, state.stale] = [true, false];
    await draw(strip, canvas, choice.value);
    state.busy = false;
    requestAnimationFrame(refresh);
  };
  const change = () => {
    state.stale = true;
    refresh();
  };
  choice.addEventListener("change", change);
  followThreshold(change);
  heat.overlays.add(change);
  new IntersectionObserver((entries) => {
    state.seen = entries.some((entry) => entry.isIntersecting);
    refresh();
  }, { rootMargin: "300px" }).observe(canvas);
  return { canvas, choice: classes.length ? [choice] : [] };
};

const heatSwitch = () => {
  const box = make("input", { type: "checkbox" });
  box.setAttribute("aria-label", "heat");
  box.addEventListener("change", () => {
    heat.on = box.checked;
    for (const other of all(".heat input")) other.checked = heat.on;
    for (const change of heat.overlays) change();
  });
  return make("label", { className: "heat" }, box, "heat");
};
const key = (strip) => {
  const chip = (colour, text) => make("span", { className: "chip" }, Object.assign(make("span", { className: "swatch line" }), { style: `background:${colour}` }), text);
  const label = strip.querySelector("[data-role=label] figcaption .panel-name").textContent;
  return make("span", { className: "chips" }, chip(OUTLINES.prediction, "prediction"), " ", chip(OUTLINES.label, label));
};

const canOverlay = (strip) => ["label", "prediction"].every((role) => strip.querySelector(`[data-role=${role}][data-palette]`));
for (const strip of all(".strip")) {
  if (!canOverlay(strip)) continue;
  const { canvas, choice } = overlay(strip);
  strip.querySelector(".panels").append(
    make("figure", { className: "panel wide" },
      make("div", { className: "frame" }, canvas),
      make("figcaption", {}, make("span", { className: "panel-name" }, "at the threshold: "), key(strip), " ", ...choice)));
}
for (const place of all("[data-overlay-of]")) {
  const strip = document.getElementById(place.dataset.overlayOf);
  if (!strip || !canOverlay(strip)) continue;
  const { canvas, choice } = overlay(strip);
  place.append(
    make("figure", { className: "card panel" },
      make("div", { className: "frame" }, canvas),
      make("figcaption", {}, make("strong", {}, strip.dataset.id), " at the threshold: ", key(strip), " ", ...choice)));
}
for (const place of all(".threshold-place")) if (document.querySelector(".overlay")) place.append(heatSwitch());

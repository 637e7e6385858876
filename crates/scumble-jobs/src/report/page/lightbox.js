// A picture in a window of its own, with the numbers under the cursor. The arrow keys go to the other panels of its image,
// at the same place; with shift they move the cursor.
const view = make("div", { className: "view", tabIndex: 0 });
const title = make("p");
title.setAttribute("aria-live", "polite");
const said = make("output", { className: "under-cursor" });
const large = make("img", { className: "large" });
const cross = make("span", { className: "cross", hidden: true });
view.append(make("div", { className: "sheet" }, large, cross));
const dialog = make("dialog");
dialog.setAttribute("aria-label", "Enlarged picture");
let shown, scale;

const resize = (to) => {
  const across = (view.scrollLeft + view.clientWidth / 2) / (view.scrollWidth || 1);
  const down = (view.scrollTop + view.clientHeight / 2) / (view.scrollHeight || 1);
  scale = Math.min(32, Math.max(0.25, to));
  large.style.width = `${scale * shown.width}px`;
  view.scrollLeft = across * view.scrollWidth - view.clientWidth / 2;
  view.scrollTop = down * view.scrollHeight - view.clientHeight / 2;
};

// Which numbers are told: the panel's own first, then what was said and what was predicted.
const told = (panel, owner) => {
  const known = all("[data-palette]", owner).filter(({ dataset }) => ["label", "prediction"].includes(dataset.role) || dataset.role === panel.dataset.role);
  const here = panel.dataset.class;
  const same = known.filter(({ dataset }) => !here || dataset.class === here);
  return same.sort((a, b) => (b === panel) - (a === panel));
};
const words = (panel, value) => {
  const { role, unit, class: of, palette, low, high } = panel.dataset;
  const name = panel.querySelector(".panel-name")?.textContent ?? role;
  // What is beyond the ends of a scale of differences has the colour of its end.
  const beyond = palette === "diverging" && value >= high ? "at least" : palette === "diverging" && value <= low ? "at most" : "about";
  const number = Number.isNaN(value) ? "unknown" : `${beyond} ${value.toFixed(unit === "pp" ? 1 : 2)}${unit ? ` ${unit}` : ""}`;
  return `${name}${of && !name.includes(of) ? ` of ${of}` : ""} ${number}`;
};
const point = (across, down) => {
  shown.at = [Math.min(Math.max(across, 0), 0.999999), Math.min(Math.max(down, 0), 0.999999)];
  const [x, y] = shown.at;
  Object.assign(cross.style, { left: `${100 * x}%`, top: `${100 * y}%` });
  const place = `row ${Math.floor(y * shown.rows)}, column ${Math.floor(x * shown.columns)}`;
  const numbersHere = shown.maps.map(([panel, map]) => words(panel, map.at(Math.floor(x * map.width), Math.floor(y * map.height))));
  said.textContent = [place, ...numbersHere].join(" \u00b7 ");
};

const refreshLarge = () => { large.src = shown.picture.src ?? shown.picture.toDataURL(); };
const show = async (picture, at) => {
  shown?.picture.removeEventListener("drawn", refreshLarge);
  const panel = picture.closest(".panel");
  const owner = picture.closest("[data-rows]") ?? document.getElementById(picture.closest("[data-overlay-of]").dataset.overlayOf);
  const many = Number(picture.dataset.scale ?? 1);
  const next = {
    picture, panel, maps: [], at,
    width: Number(picture.getAttribute("width")) / many, height: Number(picture.getAttribute("height")) / many,
    rows: Number(owner.dataset.rows), columns: Number(owner.dataset.columns),
  };
  shown = next;
  refreshLarge();
  picture.addEventListener("drawn", refreshLarge);
  large.alt = picture.alt ?? picture.getAttribute("aria-label");
  title.textContent = large.alt;
  slider.hidden = !picture.matches("canvas");
  cross.hidden = !at;
  said.textContent = "";
  const panels = told(panel, owner);
  const maps = await Promise.all(panels.map(numbers));
  if (shown !== next) return;
  shown.maps = panels.map((panel, i) => [panel, maps[i]]);
  if (shown.at) point(...shown.at);
};
const step = (by) => {
  const pictures = all(".open > *", shown.picture.closest("[data-rows], [data-overlay-of]"));
  show(pictures[(pictures.indexOf(shown.picture) + by + pictures.length) % pictures.length], shown.at);
};
const nudge = (across, down) => {
  const { width, height } = shown.maps[0]?.[1] ?? shown;
  const [x, y] = shown.at ?? [0.5, 0.5];
  cross.hidden = false;
  point((Math.floor(x * width) + 0.5 + across) / width, (Math.floor(y * height) + 0.5 + down) / height);
};
const slider = thresholdSlider();
dialog.append(
  make("div", { className: "tools" }, title,
    slider,
    button("", "previous panel", "\u2190", () => step(-1)),
    button("", "next panel", "\u2192", () => step(1)),
    button("", "smaller", "\u2212", () => resize(scale / 1.5)),
    button("", "larger", "+", () => resize(scale * 1.5)),
    button("", "close", "\u2715", () => dialog.close())),
  said, view);
document.body.append(dialog);
dialog.addEventListener("keydown", (event) => {
  if (event.target.matches("input")) return;
  const arrows = event.shiftKey
    ? { ArrowLeft: () => nudge(-1, 0), ArrowRight: () => nudge(1, 0), ArrowUp: () => nudge(0, -1), ArrowDown: () => nudge(0, 1) }
    : { ArrowLeft: () => step(-1), ArrowRight: () => step(1) };
  const zoom = { "+": () => resize(scale * 1.5), "=": () => resize(scale * 1.5), "-": () => resize(scale / 1.5) };
  const action = { ...arrows, ...zoom }[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});
dialog.addEventListener("close", () => shown.picture.closest("button").focus());
for (const moved of ["pointermove", "pointerdown"]) {
  large.addEventListener(moved, (event) => {
    const { left, top, width, height } = large.getBoundingClientRect();
    cross.hidden = false;
    point((event.clientX - left) / width, (event.clientY - top) / height);
  });
}
large.addEventListener("dblclick", () => resize(scale * 1.5));

for (const picture of all("figure.panel img, canvas.overlay")) {
  const name = picture.alt ?? picture.getAttribute("aria-label");
  const open = make("button", { type: "button", className: "open" });
  open.setAttribute("aria-label", `enlarge: ${name}`);
  picture.replaceWith(open);
  open.append(picture);
  open.addEventListener("click", () => {
    show(picture);
    dialog.showModal();
    view.focus();
    resize(Math.min(view.clientWidth / shown.width, view.clientHeight / shown.height));
  });
}

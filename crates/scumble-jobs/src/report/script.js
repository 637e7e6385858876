"use strict";
// The page reads without this: tables get sorted, label and prediction faded, pictures enlarged.

const make = (name, attributes = {}, ...children) => {
  const element = Object.assign(document.createElement(name), attributes);
  element.append(...children);
  return element;
};

// Tables: a button in each head sorts by that column; what has no number comes last.
for (const table of document.querySelectorAll("table[data-sortable]")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  if (body.rows.length < 2) continue;
  const key = (row, column) => {
    const { number, text } = row.cells[column].dataset;
    return number === undefined ? text : Number(number);
  };
  const compare = (a, b) =>
    typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
  heads.forEach((head, column) => {
    const button = make("button", { type: "button", className: "sort" }, ...head.childNodes);
    head.append(button);
    head.setAttribute("aria-sort", "none");
    button.addEventListener("click", () => {
      const direction = head.getAttribute("aria-sort") === "ascending" ? -1 : 1;
      for (const other of heads) other.setAttribute("aria-sort", "none");
      head.setAttribute("aria-sort", direction > 0 ? "ascending" : "descending");
      const rows = [...body.rows].map((row) => [key(row, column), row]);
      const known = rows.filter(([value]) => value !== undefined);
      known.sort(([a], [b]) => direction * compare(a, b));
      body.append(...known.concat(rows.filter(([value]) => value === undefined)).map(([, row]) => row));
    });
  });
}

// Strips: one more panel, where a slider fades from the label to the prediction.
for (const strip of document.querySelectorAll(".strip")) {
  const [label, prediction] = ["label", "prediction"].map((role) =>
    strip.querySelector(`[data-role=${role}]`));
  const copy = (panel, className) => {
    const image = panel.querySelector("img").cloneNode();
    image.classList.add(className);
    image.alt = "";
    return image;
  };
  const over = copy(prediction, "over");
  const slider = make("input", { type: "range", min: 0, max: 100, value: 50 });
  const fade = () => {
    over.style.opacity = slider.value / 100;
    slider.setAttribute("aria-valuetext", `${slider.value} % prediction, ${100 - slider.value} % label`);
  };
  slider.addEventListener("input", fade);
  slider.setAttribute("aria-label", "fade from label to prediction");
  fade();
  prediction.after(
    make("div", { className: "panel fade" },
      make("div", { className: "frame" }, copy(label, "under"), over),
      make("label", {}, "label", slider, "prediction")));
}

// Zoom: a picture in a window of its own; the arrow keys go to the others of its strip, at the same place.
const view = make("div", { className: "view", tabIndex: 0 });
const title = make("p");
title.setAttribute("aria-live", "polite");
const large = make("img", { className: "large" });
view.append(large);
const dialog = make("dialog");
dialog.setAttribute("aria-label", "Enlarged picture");
let shown, scale;

const resize = (to) => {
  const across = (view.scrollLeft + view.clientWidth / 2) / (view.scrollWidth || 1);
  const down = (view.scrollTop + view.clientHeight / 2) / (view.scrollHeight || 1);
  scale = Math.min(32, Math.max(0.25, to));
  large.style.width = `${scale * shown.width0}px`;
  view.scrollLeft = across * view.scrollWidth - view.clientWidth / 2;
  view.scrollTop = down * view.scrollHeight - view.clientHeight / 2;
};
const show = (image) => {
  shown = { image, width0: Number(image.getAttribute("width")), height0: Number(image.getAttribute("height")) };
  large.src = image.src;
  large.alt = image.alt;
  title.textContent = image.alt;
};
const step = (by) => {
  const images = [...shown.image.closest(".panels").querySelectorAll("button img")];
  show(images[(images.indexOf(shown.image) + by + images.length) % images.length]);
};
const tool = (name, text, action) => {
  const button = make("button", { type: "button", title: name }, text);
  button.setAttribute("aria-label", name);
  button.addEventListener("click", action);
  return button;
};
dialog.append(
  make("div", { className: "tools" }, title,
    tool("previous panel", "\u2190", () => step(-1)),
    tool("next panel", "\u2192", () => step(1)),
    tool("smaller", "\u2212", () => resize(scale / 1.5)),
    tool("larger", "+", () => resize(scale * 1.5)),
    tool("close", "\u2715", () => dialog.close())),
  view);
document.body.append(dialog);
dialog.addEventListener("keydown", (event) => {
  const action = {
    ArrowLeft: () => step(-1), ArrowRight: () => step(1),
    "+": () => resize(scale * 1.5), "=": () => resize(scale * 1.5), "-": () => resize(scale / 1.5),
  }[event.key];
  if (action) {
    event.preventDefault();
    action();
  }
});
dialog.addEventListener("close", () => shown.image.closest("button").focus());
large.addEventListener("click", () => resize(scale * 1.5));

for (const image of document.querySelectorAll("figure.panel img")) {
  const button = make("button", { type: "button", className: "open" });
  button.setAttribute("aria-label", `enlarge: ${image.alt}`);
  image.replaceWith(button);
  button.append(image);
  button.addEventListener("click", () => {
    show(image);
    dialog.showModal();
    view.focus();
    resize(Math.min(view.clientWidth / shown.width0, view.clientHeight / shown.height0));
  });
}

// On paper nothing is folded away.
addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details")) details.open = true;
});

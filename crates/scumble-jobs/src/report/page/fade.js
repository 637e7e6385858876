// Strips: one more panel, where a slider fades from the label to the prediction.
for (const strip of all(".strip")) {
  const [label, prediction] = ["label", "prediction"].map((role) => strip.querySelector(`[data-role=${role}]`));
  const copy = (panel, className) => {
    const image = panel.querySelector("img").cloneNode();
    image.classList.add(className);
    image.alt = "";
    return image;
  };
  const name = label.querySelector(".panel-name").textContent;
  const over = copy(prediction, "over");
  const slider = make("input", { type: "range", min: 0, max: 100, value: 50 });
  const fade = () => {
    over.style.opacity = slider.value / 100;
    slider.setAttribute("aria-valuetext", `${slider.value} % prediction, ${100 - slider.value} % ${name}`);
  };
  slider.addEventListener("input", fade);
  slider.setAttribute("aria-label", `fade from ${name} to prediction`);
  fade();
  const rows = all(".panels", strip);
  rows[1].append(
    make("div", { className: "panel fade wide" },
      make("div", { className: "frame" }, copy(label, "under"), over),
      make("label", {}, name, slider, "prediction")));
}

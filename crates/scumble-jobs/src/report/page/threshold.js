// One threshold for the whole page: sliders set it, points on curves and outlines on images follow it.
const threshold = { value: Number(document.querySelector("main").dataset.threshold), followers: [] };
const setThreshold = (value) => {
  threshold.value = value;
  for (const follow of threshold.followers) follow();
};
const followThreshold = (follow) => {
  threshold.followers.push(follow);
  follow();
};

const thresholdSlider = () => {
  const slider = make("input", { type: "range", min: 0, max: 1, step: 0.01 });
  const said = make("output");
  slider.setAttribute("aria-label", "threshold");
  slider.addEventListener("input", () => setThreshold(Number(slider.value)));
  followThreshold(() => {
    slider.value = threshold.value;
    said.textContent = threshold.value.toFixed(2);
  });
  return make("label", { className: "threshold" }, "threshold", slider, said);
};
for (const place of all(".threshold-place")) place.append(thresholdSlider());

// The point of a curve: the last one whose threshold is not below.
const pointAt = (points) => points.findLast(([at]) => at >= threshold.value - 1e-9);
const onAxis = (places, value) => {
  const [from, to] = places.split(" ").map(Number);
  return from + value * (to - from);
};

for (const card of all("[data-points]")) {
  const points = JSON.parse(card.dataset.points);
  const marks = all("svg[data-mark]", card).map((chart) => [chart, chart.querySelector(".at")]);
  const said = card.querySelector(".said");
  const move = () => {
    const point = pointAt(points);
    for (const [chart, mark] of marks) {
      const [x, y] = chart.dataset.mark === "roc" ? [point?.[3], point?.[2]] : [point?.[2], point?.[1]];
      mark.style.display = x == null || y == null ? "none" : "";
      if (x == null || y == null) continue;
      mark.setAttribute("cx", onAxis(chart.dataset.across, x));
      mark.setAttribute("cy", onAxis(chart.dataset.up, y));
    }
    if (!point) {
      said.textContent = `At ${threshold.value.toFixed(2)} nothing is found.`;
      return;
    }
    const [, precision, recall, alarms] = point;
    const f1 = precision + recall > 0 ? (2 * precision * recall) / (precision + recall) : 0;
    const numbers = [["precision", precision], ["recall", recall], ["F1", f1], ["false positive rate", alarms]];
    said.textContent = `At ${threshold.value.toFixed(2)}: ${numbers.filter(([, n]) => n != null).map(([name, n]) => `${name} ${n.toFixed(3)}`).join(", ")}.`;
  };
  threshold.followers.push(move);
  const best = card.querySelector("[data-best]");
  if (best) {
    const go = button("save", "set the threshold of the best F1", "go there", () => setThreshold(Number(best.dataset.best)));
    best.append(" ", go);
  }
}
for (const line of all("svg line.at")) {
  const { across } = line.closest("svg").dataset;
  followThreshold(() => {
    for (const end of ["x1", "x2"]) line.setAttribute(end, onAxis(across, threshold.value));
  });
}

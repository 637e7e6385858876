// Every table can be saved as CSV, every chart as SVG: files that the page makes itself.
const save = (name, type, text) => {
  const slug = (words) => words.toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-|-$/g, "").slice(0, 60);
  const [, ending] = type.match(/\/(\w+)/);
  const href = URL.createObjectURL(new Blob([text], { type }));
  make("a", { href, download: `${slug(document.querySelector("h1").textContent)}-${slug(name)}.${ending}` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 10000);
};

// Numbers with all their digits, in the unit of the column's head (RFC 4180).
const csv = (table) => {
  const field = (text) => (/[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  // What a spreadsheet would take for a formula.
  const name = (text) => (/^([=+@\t\r]|-[^\d.])/.test(text) ? `'${text}` : text);
  const value = ({ dataset, textContent }) => dataset.number ?? name(dataset.text ?? (textContent === "-" ? "" : textContent.trim()));
  return [...table.rows].map((row) => [...row.cells].map((cell) => field(value(cell))).join(",")).join("\r\n") + "\r\n";
};
for (const table of all("table")) {
  const { caption } = table;
  const name = caption.textContent;
  caption.append(button("save", `save as CSV: ${name}`, "CSV", () => save(name, "text/csv", csv(table))));
}

// A chart takes its colours from the page's style sheet, so they are written into it.
const DRAWN = ["fill", "stroke", "stroke-width", "stroke-dasharray", "stroke-linejoin", "opacity", "font-family", "font-size", "text-anchor", "display"];
const standalone = (chart) => {
  const copy = chart.cloneNode(true);
  const drawn = [chart, ...all("*", chart)];
  [copy, ...all("*", copy)].forEach((element, at) => {
    const style = getComputedStyle(drawn[at]);
    element.setAttribute("style", DRAWN.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
  });
  const [, , width, height] = chart.getAttribute("viewBox").split(" ");
  const ground = document.createElementNS(chart.namespaceURI, "rect");
  for (const [name, value] of Object.entries({ width, height, fill: getComputedStyle(chart.closest("figure")).backgroundColor })) {
    ground.setAttribute(name, value);
  }
  copy.prepend(ground);
  for (const [name, value] of Object.entries({ width: 2 * width, height: 2 * height })) copy.setAttribute(name, value);
  // Names may hold what XML cannot.
  return new XMLSerializer().serializeToString(copy).replace(/[\0-\x08\x0b\x0c\x0e-\x1f]/g, "\ufffd");
};
for (const chart of all("svg.chart")) {
  const name = chart.dataset.name;
  const caption = chart.closest("figure").querySelector("figcaption");
  caption.append(button("save", `save as SVG: ${name}`, "SVG", () => save(name, "image/svg+xml", standalone(chart))));
}

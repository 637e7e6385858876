// Tables: a button in each head sorts by that column; what has no number comes last.
for (const table of all("table[data-sortable]")) {
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
    const sort = make("button", { type: "button", className: "sort" }, ...head.childNodes);
    head.append(sort);
    head.setAttribute("aria-sort", "none");
    sort.addEventListener("click", () => {
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

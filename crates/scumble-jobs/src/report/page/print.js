// On paper nothing is folded away.
addEventListener("beforeprint", () => {
  for (const details of all("details")) details.open = true;
});

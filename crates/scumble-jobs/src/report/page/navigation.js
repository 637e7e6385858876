// The contents stay in view and say which section is read.
const links = new Map(all("nav a").map((link) => [link.hash.slice(1), link]));
const near = new Set();
const reading = new IntersectionObserver((entries) => {
  for (const { target, isIntersecting } of entries) near[isIntersecting ? "add" : "delete"](target.id);
  const [first] = [...links.keys()].filter((id) => near.has(id));
  for (const [id, link] of links) {
    if (id === first) {
      link.setAttribute("aria-current", "true");
      const item = link.parentElement;
      const list = item.parentElement;
      list.scrollLeft = item.offsetLeft - list.offsetLeft - 16;
    } else {
      link.removeAttribute("aria-current");
    }
  }
}, { rootMargin: "-15% 0px -70% 0px" });
for (const section of all("main > section")) reading.observe(section);

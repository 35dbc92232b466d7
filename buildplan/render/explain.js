// Everything works without this: it only scrolls the first evidence of the chosen line into view.
"use strict";
addEventListener("hashchange", () => {
  const line = document.getElementById(location.hash.slice(1));
  const link = line && line.classList.contains("line") && line.querySelector("a.origin");
  const there = link && document.getElementById(link.getAttribute("href").slice(1));
  if (there) there.scrollIntoView({ block: "center" });
});

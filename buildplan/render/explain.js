// Everything works without this: it only scrolls the first evidence of the chosen line into view, where both stand side
// by side. On a narrow screen the reason under the line is what was asked for.
"use strict";
addEventListener("hashchange", () => {
  const line = document.getElementById(location.hash.slice(1));
  const link = line && line.classList.contains("line") && line.querySelector("a.origin");
  const there = link && document.getElementById(link.getAttribute("href").slice(1));
  if (there && matchMedia("(min-width: 901px)").matches) there.scrollIntoView({ block: "center" });
});

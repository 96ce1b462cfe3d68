// A box that scrolls must be reachable by keyboard: it gets a tab stop and a name while it is wider than its place.
(() => {
  const boxes = "pre, .cell_output, .pst-scrollable-table-container, .katex-display";
  const mark = () => {
    for (const box of document.querySelectorAll(boxes)) {
      if (box.scrollWidth > box.clientWidth) {
        box.tabIndex = 0;
        box.setAttribute("role", "group");
        box.setAttribute("aria-label", box.matches("pre") ? "Code" : box.matches(".katex-display") ? "Formula" : "Output");
      } else {
        for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
      }
    }
  };
  addEventListener("load", mark);
  addEventListener("resize", mark);
})();

// The search shows a few words of each page that it finds. A page opened from a file may not read the others.
if (location.protocol === "file:") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;

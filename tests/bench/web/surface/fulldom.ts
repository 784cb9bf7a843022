/** Every row as elements at once: what a page costs that does nothing about it. */
import { text, type Open } from "./case";

export const open: Open = async (box, given) => {
  const patch = (await text(given, "whole")).split("\n").slice(3);
  const scroller = document.createElement("div");
  scroller.className = "scroll";
  const table = document.createElement("div");
  table.style.cssText = "font: 12px/21px monospace; white-space: pre";
  const row = (left: string, right: string): void => {
    const made = document.createElement("div");
    made.style.cssText = "display: grid; grid-template-columns: 4ch 1fr 4ch 1fr; height: 21px";
    for (const words of ["", left, "", right]) {
      const cell = document.createElement("span");
      cell.style.overflow = "hidden";
      cell.textContent = words;
      made.append(cell);
    }
    table.append(made);
  };
  for (const line of patch) {
    const words = line.slice(1);
    if (line.startsWith("-")) row(words, "");
    else if (line.startsWith("+")) row("", words);
    else row(words, words);
  }
  scroller.append(table);
  box.append(scroller);
  return { scroller, coloured: () => false };
};

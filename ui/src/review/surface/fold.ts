/** The bar that stands for a folded run of rows. A click shows them. */
export class FoldBar {
  readonly root = document.createElement("div");

  constructor(
    readonly segment: number,
    count: number,
    open: () => void,
  ) {
    this.root.className = "fold";
    this.root.setAttribute("role", "row");
    const cell = document.createElement("span");
    cell.setAttribute("role", "cell");
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = count === 1 ? "⋯ 1 unchanged line" : `⋯ ${String(count)} unchanged lines`;
    button.title = "Show them";
    button.addEventListener("click", open);
    cell.append(button);
    this.root.append(cell);
  }
}

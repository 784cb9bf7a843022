import type { Column } from "../../host/generated";

/** Rows that the person chose by their numbers, on one side. */
export interface Chosen {
  side: Column;
  from: number;
  count: number;
}

/**
 * Choosing lines: press on a line's number and drag, or hold Shift and press on another.
 *
 * It knows the elements only by their classes and data; what is done with the lines is the business
 * of whoever listens.
 */
export class Choice {
  private anchor: { row: number; side: Column } | null = null;
  private head = 0;
  private dragging = false;

  constructor(
    private readonly root: HTMLElement,
    private readonly changed: () => void,
  ) {
    root.addEventListener("mousedown", this.press);
    root.addEventListener("mouseover", this.drag);
    window.addEventListener("mouseup", this.release);
  }

  /** What is chosen; null for nothing. */
  get chosen(): Chosen | null {
    if (!this.anchor) return null;
    const from = Math.min(this.anchor.row, this.head);
    const count = Math.abs(this.anchor.row - this.head) + 1;
    return { side: this.anchor.side, from, count };
  }

  /** Whether the person has stopped choosing, so that buttons do not run after the pointer. */
  get settled(): boolean {
    return !this.dragging;
  }

  /** Chooses one row, or makes what is chosen reach to it. */
  choose(row: number, side: Column, further: boolean): void {
    if (!further || !this.anchor) this.anchor = { row, side };
    this.head = row;
    this.changed();
  }

  /** The row at which what is chosen ends, on the side of the pointer or the keys. */
  get end(): number | null {
    return this.anchor ? this.head : null;
  }

  clear(): void {
    if (!this.anchor) return;
    this.anchor = null;
    this.changed();
  }

  destroy(): void {
    this.root.removeEventListener("mousedown", this.press);
    this.root.removeEventListener("mouseover", this.drag);
    window.removeEventListener("mouseup", this.release);
  }

  private readonly press = (event: MouseEvent): void => {
    const at = place(event);
    if (!at || event.button !== 0) return;
    // The text beside the number is not selected by the same drag.
    event.preventDefault();
    this.dragging = true;
    this.choose(at.row, at.side, event.shiftKey);
  };

  private readonly drag = (event: MouseEvent): void => {
    if (!this.dragging || !this.anchor) return;
    const row = rowOf(event.target);
    if (row === null || row === this.head) return;
    this.head = row;
    this.changed();
  };

  private readonly release = (): void => {
    if (!this.dragging) return;
    this.dragging = false;
    this.changed();
  };
}

function place(event: MouseEvent): { row: number; side: Column } | null {
  const target = event.target instanceof Element ? event.target.closest(".number") : null;
  const row = rowOf(target);
  if (!target || row === null || target.textContent === "") return null;
  return { row, side: target.classList.contains("old") ? "old" : "new" };
}

function rowOf(target: EventTarget | null): number | null {
  const row = target instanceof Element ? target.closest<HTMLElement>(".row") : null;
  const index = row?.dataset["row"];
  return index === undefined ? null : Number(index);
}

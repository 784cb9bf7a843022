import type { FileMark, Mark } from "../../host/generated";
import type { Fold } from "./layout";

/** What a bar offers, and what it says. */
export interface BarState {
  /** "Change 2 of 5"; empty for a bar that only stands for folded rows. */
  title: string;
  /** The change; null for a bar that only stands for folded rows. */
  hunk: number | null;
  /** The rows folded away above; null for none. */
  fold: Fold | null;
  /** What is decided about the change; null when nothing can be decided about it here. */
  mark: FileMark | null;
  unfold: (fold: Fold) => void;
  decide: (mark: Mark) => void;
}

const WORDS: Record<Exclude<FileMark, "undecided">, string> = {
  approved: "✓ Approved",
  rejected: "✕ Rejected",
  mixed: "In part",
};

/** The thin bar above a change, or in place of rows that are folded away. */
export class BarElement {
  readonly root: HTMLElement;
  private readonly key: string;

  constructor(readonly state: BarState) {
    this.root = bar(state);
    if (state.hunk !== null) this.root.dataset["hunk"] = String(state.hunk);
    this.key = keyOf(state);
  }

  /** Whether it says and offers the same. */
  shows(state: BarState): boolean {
    return this.key === keyOf(state);
  }
}

function keyOf({ title, fold, hunk, mark }: BarState): string {
  return [title, fold?.segment, fold?.count, hunk, mark].join(" ");
}

function bar(state: BarState): HTMLElement {
  const root = document.createElement("div");
  root.className = state.title === "" ? "bar fold" : "bar";
  root.setAttribute("role", "row");
  const cell = document.createElement("span");
  cell.className = "bar-inside";
  cell.setAttribute("role", "cell");
  root.append(cell);
  if (state.title !== "") {
    const title = document.createElement("span");
    title.className = "bar-title";
    title.textContent = state.title;
    cell.append(title);
  }
  const { fold } = state;
  if (fold) {
    const lines = `${String(fold.count)} unchanged ${fold.count === 1 ? "line" : "lines"}`;
    const open = button(state.title === "" ? `⋯ ${lines}` : `${lines} above`, "unfold");
    open.title = "Show them";
    open.addEventListener("click", () => state.unfold(fold));
    cell.append(open);
  }
  if (state.mark === null) return root;
  const space = document.createElement("span");
  space.className = "bar-space";
  cell.append(space);
  const decide = (words: string, mark: Mark, spoken: string): void => {
    const made = button(words, `decide ${mark}`);
    made.dataset["decide"] = mark;
    made.setAttribute("aria-label", `${spoken}: ${state.title}`);
    made.addEventListener("click", () => state.decide(mark));
    cell.append(made);
  };
  if (state.mark !== "undecided") {
    const chip = document.createElement("span");
    chip.className = `bar-mark ${state.mark}`;
    chip.textContent = WORDS[state.mark];
    cell.append(chip);
  }
  if (state.mark === "undecided" || state.mark === "mixed") {
    decide("✓ Approve", "approved", "Approve");
    decide("✕ Reject", "rejected", "Reject");
  }
  if (state.mark !== "undecided") decide("Undo", "undecided", "Undo the mark");
  return root;
}

function button(words: string, classes: string): HTMLButtonElement {
  const made = document.createElement("button");
  made.type = "button";
  made.className = classes;
  made.textContent = words;
  return made;
}

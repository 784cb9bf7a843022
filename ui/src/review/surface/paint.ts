import type { Column, Line, Mark, Row } from "../../host/generated";
import type { Chosen } from "./chosen";

/** A stretch of a line that looks the same from end to end. */
export interface Piece {
  text: string;
  /** CSS classes; empty for plain text. */
  classes: string;
  /** The name of a hidden character, shown in its place. */
  hidden: string | null;
}

/** Roles with a colour of their own. Text of any other role looks plain, and is no element. */
const COLOURED: ReadonlyMap<string, string> = new Map(
  [
    "keyword",
    "string",
    "function",
    "tag",
    "type",
    "number",
    "constant",
    "attribute",
    "comment",
  ].map((role) => [role, `code-${role}`]),
);

/**
 * Cuts a line where its look changes: at the edges of coloured spans, changed words and hidden
 * characters. Neighbours of the same look are one piece, also across blanks, because the number of
 * elements is what a frame costs.
 */
export function pieces(line: Line): Piece[] {
  const { text, syntax, words, hidden } = line;
  const result: Piece[] = [];
  let last: Piece | undefined;
  // Each list is in order, so one walk over the line passes all of them.
  let [spanAt, wordAt, hiddenAt] = [0, 0, 0];
  let from = 0;
  while (from < text.length) {
    while (spanAt < syntax.length && end(syntax[spanAt]) <= from) spanAt += 1;
    while (wordAt < words.length && end(words[wordAt]) <= from) wordAt += 1;
    while (hiddenAt < hidden.length && end(hidden[hiddenAt]) <= from) hiddenAt += 1;
    let to = text.length;
    const span = syntax[spanAt];
    const word = words[wordAt];
    const name = hidden[hiddenAt];
    const inSpan = span !== undefined && span[0] <= from;
    const inWord = word !== undefined && word[0] <= from;
    const inHidden = name !== undefined && name[0] <= from;
    if (span) to = Math.min(to, inSpan ? end(span) : span[0]);
    if (word) to = Math.min(to, inWord ? end(word) : word[0]);
    if (name) to = Math.min(to, inHidden ? end(name) : name[0]);
    const colour = inSpan ? (COLOURED.get(span[2]) ?? "") : "";
    const classes = inWord ? (colour === "" ? "word" : `${colour} word`) : colour;
    const part = text.slice(from, to);
    from = to;
    if (last && last.hidden === null && !inHidden && last.classes === classes) {
      last.text += part;
      continue;
    }
    // A blank has no colour: between two of the same it joins them.
    const before = result[result.length - 2];
    if (
      !inHidden &&
      classes !== "" &&
      before?.classes === classes &&
      before.hidden === null &&
      last?.classes === "" &&
      last.hidden === null &&
      !inWord &&
      last.text.trim() === ""
    ) {
      before.text += last.text + part;
      result.pop();
      last = before;
      continue;
    }
    last = { text: part, classes, hidden: inHidden ? name[2] : null };
    result.push(last);
  }
  return result;
}

function end(span: readonly [number, number, ...unknown[]] | undefined): number {
  return span ? span[0] + span[1] : 0;
}

/** The elements of one line of the surface, kept and filled again while scrolling. */
export class RowElement {
  readonly root = element("div", "row loading");
  private readonly oldNumber = new NumberElement("old");
  private readonly old = new SideElement("old");
  private readonly newNumber = new NumberElement("new");
  private readonly new = new SideElement("new");
  private row: Row | undefined;
  private index = -1;
  private chosen: Column | null = null;
  private kind = "loading";

  constructor() {
    this.root.setAttribute("role", "row");
    this.root.append(this.oldNumber.root, this.old.root, this.newNumber.root, this.new.root);
  }

  /** Whether this very row is what is shown; one that has got its colours is another. */
  shows(row: Row | undefined, index: number): boolean {
    return this.row === row && this.index === index;
  }

  /** Shows a row of the diff; undefined shows that it is on its way. */
  show(row: Row | undefined, index: number): void {
    this.row = row;
    this.index = index;
    const kind = row?.kind ?? "loading";
    if (kind !== this.kind) {
      this.kind = kind;
      this.root.className = `row ${kind}`;
    }
    this.root.dataset["row"] = String(index);
    this.root.setAttribute("aria-rowindex", String(index + 1));
    const same = kind === "same";
    const left = row?.old;
    const right = same ? (row?.new ?? left) : row?.new;
    this.oldNumber.show(left?.number, left === null);
    this.old.show(left, same ? "" : "Removed: ");
    this.newNumber.show(
      same ? (row?.newNumber ?? row?.new?.number) : right?.number,
      right === null,
    );
    this.new.show(right, same ? "" : "Added: ");
  }

  /** Shows what is decided about its lines; null where nothing is. */
  mark(markOf: ((row: number, side: Column) => Mark) | null): void {
    this.markSide("old", markOf, [this.oldNumber.root, this.old.root]);
    this.markSide("new", markOf, [this.newNumber.root, this.new.root]);
  }

  private markSide(
    side: Column,
    markOf: ((row: number, side: Column) => Mark) | null,
    cells: HTMLElement[],
  ): void {
    const differs = this.row !== undefined && this.kind !== "same" && this.row[side] !== null;
    const mark = differs && markOf ? markOf(this.index, side) : "undecided";
    for (const cell of cells) {
      if (mark !== "undecided") cell.dataset["mark"] = mark;
      else if (cell.dataset["mark"] !== undefined) delete cell.dataset["mark"];
    }
  }

  /** Shows whether it is among the chosen lines. */
  choose(chosen: Chosen | null): void {
    const { index } = this;
    const within = chosen !== null && index >= chosen.from && index < chosen.from + chosen.count;
    const side = within ? chosen.side : null;
    if (side === this.chosen) return;
    this.chosen = side;
    for (const cell of [this.oldNumber, this.old])
      cell.root.classList.toggle("chosen", side === "old");
    for (const cell of [this.newNumber, this.new])
      cell.root.classList.toggle("chosen", side === "new");
  }
}

/** The number before a line. */
class NumberElement {
  readonly root: HTMLElement;
  private readonly text = document.createTextNode("");
  private isVoid = false;

  constructor(side: Column) {
    this.root = element("span", `number ${side}`);
    this.root.setAttribute("role", "rowheader");
    this.root.append(this.text);
  }

  show(number: number | undefined, isVoid: boolean): void {
    if (isVoid !== this.isVoid) {
      this.isVoid = isVoid;
      this.root.classList.toggle("void", isVoid);
    }
    this.text.data = number === undefined ? "" : String(number);
  }
}

/**
 * One side of a row. Its text nodes and spans are filled again where the next line has the same kind
 * of piece at that place: making nodes is what costs most while scrolling.
 */
class SideElement {
  readonly root: HTMLElement;
  private readonly code = element("span", "code");
  private isVoid = false;

  constructor(side: "old" | "new") {
    this.root = element("span", `side ${side}`);
    this.root.setAttribute("role", "cell");
    this.root.append(this.code);
  }

  show(line: Line | null | undefined, spoken: string): void {
    const isVoid = line === null;
    if (isVoid !== this.isVoid) {
      this.isVoid = isVoid;
      this.root.classList.toggle("void", isVoid);
    }
    let next: ChildNode | null = this.code.firstChild;
    if (line) {
      if (spoken !== "") next = this.span(next, "spoken", spoken);
      for (const piece of pieces(line)) {
        if (piece.hidden !== null) {
          const chip = element("span", `hidden-character ${piece.classes}`.trim());
          chip.textContent = piece.hidden;
          chip.title = `Hidden character: ${piece.hidden}`;
          this.code.insertBefore(chip, next);
        } else if (piece.classes === "") {
          next = this.text(next, piece.text);
        } else {
          next = this.span(next, piece.classes, piece.text);
        }
      }
      if (line.ending !== null) {
        const words = line.ending === "none" ? "no newline at the end" : line.ending;
        next = this.span(next, "ending", words);
      }
    }
    while (next) {
      const after: ChildNode | null = next.nextSibling;
      next.remove();
      next = after;
    }
  }

  /** Puts plain text before or into `at`; gives what is left to be filled. */
  private text(at: ChildNode | null, words: string): ChildNode | null {
    if (at instanceof Text) {
      if (at.data !== words) at.data = words;
      return at.nextSibling;
    }
    this.code.insertBefore(document.createTextNode(words), at);
    return at;
  }

  /** The same with a look. */
  private span(at: ChildNode | null, classes: string, words: string): ChildNode | null {
    // A span is told by its one text; a chip has a title and is never used again.
    if (at instanceof HTMLElement && at.title === "" && at.firstChild instanceof Text) {
      if (at.className !== classes) at.className = classes;
      if (at.firstChild.data !== words) at.firstChild.data = words;
      return at.nextSibling;
    }
    const made = element("span", classes);
    made.append(words);
    this.code.insertBefore(made, at);
    return at;
  }
}

function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  className: string,
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag);
  made.className = className;
  return made;
}

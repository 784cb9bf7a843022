import type { Line, Row } from "../../host/generated";

/** A stretch of a line that looks the same from end to end. */
export interface Piece {
  text: string;
  /** CSS classes; empty for plain text. */
  classes: string;
  /** The name of a hidden character, shown in its place. */
  hidden: string | null;
}

/**
 * Cuts a line where its look changes: at the edges of syntax spans, changed words and hidden
 * characters. Neighbours of the same look are one piece, because the number of elements is what a
 * frame costs.
 */
export function pieces(line: Line): Piece[] {
  const edges = new Set<number>([0, line.text.length]);
  for (const [start, length] of [...line.syntax, ...line.words, ...line.hidden]) {
    edges.add(Math.min(start, line.text.length));
    edges.add(Math.min(start + length, line.text.length));
  }
  const sorted = [...edges].sort((a, b) => a - b);
  const result: Piece[] = [];
  for (let index = 0; index + 1 < sorted.length; index++) {
    const from = sorted[index] ?? 0;
    const to = sorted[index + 1] ?? 0;
    const covers = ([start, length]: readonly [number, number, ...unknown[]]): boolean =>
      start <= from && from < start + length;
    const role = line.syntax.find(covers)?.[2];
    const classes = [role ? `code-${role}` : "", line.words.some(covers) ? "word" : ""]
      .filter(Boolean)
      .join(" ");
    const hidden = line.hidden.find(covers)?.[2] ?? null;
    const last = result[result.length - 1];
    if (last && last.classes === classes && last.hidden === null && hidden === null) {
      last.text += line.text.slice(from, to);
    } else {
      result.push({ text: line.text.slice(from, to), classes, hidden });
    }
  }
  return result;
}

/** The elements of one line of the surface, kept and filled again while scrolling. */
export class RowElement {
  readonly root = element("div", "row");
  private readonly oldNumber = element("span", "number");
  private readonly oldSide = element("span", "side old");
  private readonly oldCode = element("span", "code");
  private readonly newNumber = element("span", "number");
  private readonly newSide = element("span", "side new");
  private readonly newCode = element("span", "code");
  private row: Row | undefined;

  constructor() {
    this.root.setAttribute("role", "row");
    for (const number of [this.oldNumber, this.newNumber]) {
      number.setAttribute("role", "rowheader");
    }
    for (const side of [this.oldSide, this.newSide]) side.setAttribute("role", "cell");
    this.oldSide.append(this.oldCode);
    this.newSide.append(this.newCode);
    this.root.append(this.oldNumber, this.oldSide, this.newNumber, this.newSide);
  }

  /** Whether this very row is what is shown; one that has got its colours is another. */
  shows(row: Row | undefined): boolean {
    return this.row === row;
  }

  /** Shows a row of the diff; undefined shows that it is on its way. */
  show(row: Row | undefined, index: number): void {
    this.row = row;
    this.root.className = `row ${row?.kind ?? "loading"}`;
    this.root.setAttribute("aria-rowindex", String(index + 1));
    const same = row?.kind === "same";
    const right = same ? (row.new ?? row.old) : row?.new;
    const rightNumber = same ? (row.newNumber ?? row.new?.number) : row?.new?.number;
    fill(this.oldSide, this.oldCode, row?.old, same ? "" : "Removed: ");
    fill(this.newSide, this.newCode, right, same ? "" : "Added: ");
    this.oldNumber.classList.toggle("void", row?.old === null);
    this.newNumber.classList.toggle("void", right === null);
    this.oldNumber.textContent = row?.old ? String(row.old.number) : "";
    this.newNumber.textContent = rightNumber === undefined ? "" : String(rightNumber);
  }
}

function fill(
  side: HTMLElement,
  code: HTMLElement,
  line: Line | null | undefined,
  spoken: string,
): void {
  code.textContent = "";
  side.classList.toggle("void", line === null);
  if (!line) return;
  if (spoken !== "") {
    const words = element("span", "spoken");
    words.textContent = spoken;
    code.append(words);
  }
  for (const piece of pieces(line)) {
    if (piece.hidden !== null) {
      const chip = element("span", `hidden-character ${piece.classes}`.trim());
      chip.textContent = piece.hidden;
      chip.title = `Hidden character: ${piece.hidden}`;
      code.append(chip);
    } else if (piece.classes === "") {
      code.append(piece.text);
    } else {
      const span = element("span", piece.classes);
      span.textContent = piece.text;
      code.append(span);
    }
  }
  if (line.ending !== null) {
    const chip = element("span", "ending");
    chip.textContent = line.ending === "none" ? "no newline at the end" : line.ending;
    code.append(chip);
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

import type { FileDiff, FileMark, Mark, Parts, Column } from "../../host/generated";

/**
 * What is decided about each change and line of one file.
 *
 * A file that is decided as a whole has one mark for all. Where its parts are decided differently,
 * each change has its mark, and the decided lines of changes that are mixed have theirs.
 */
export class Marks {
  private readonly lines: ReadonlyMap<number, Partial<Record<Column, Mark>>>;

  constructor(
    private readonly hunks: FileDiff["hunks"],
    readonly whole: FileMark,
    private readonly parts: Parts | null,
  ) {
    const lines = new Map<number, Partial<Record<Column, Mark>>>();
    for (const { row, side, mark } of parts?.lines ?? []) {
      lines.set(row, { ...lines.get(row), [side]: mark });
    }
    this.lines = lines;
  }

  /** The mark of a change. */
  ofHunk(hunk: number): FileMark {
    return this.parts?.hunks[hunk] ?? this.whole;
  }

  /** The mark of a line of a row; undecided for a line that is no part of a change. */
  ofLine(row: number, side: Column): Mark {
    const hunk = this.hunkAt(row);
    if (hunk === null) return "undecided";
    const mark = this.ofHunk(hunk);
    return mark === "mixed" ? (this.lines.get(row)?.[side] ?? "undecided") : mark;
  }

  /** The change that a row is part of. */
  hunkAt(row: number): number | null {
    let low = 0;
    let high = this.hunks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const hunk = this.hunks[middle];
      if (hunk && hunk.from + hunk.count <= row) low = middle + 1;
      else high = middle;
    }
    const hunk = this.hunks[low];
    return hunk && hunk.from <= row ? low : null;
  }
}

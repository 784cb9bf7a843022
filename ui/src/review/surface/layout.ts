import type { FileDiff } from "../../host/generated";

/** Height of every line of the surface, in CSS pixels. */
export const ROW_HEIGHT = 21;

/** Height of the bar below the lines that slides them sideways; there for short lines too. */
export const SLIDER_HEIGHT = 11;

/** A run of rows that is folded away. */
export interface Fold {
  segment: number;
  from: number;
  count: number;
}

/**
 * One line of the surface: a row of the diff, the bar that stands for a folded run of rows, or the
 * bar above a change, which stands for the folded run above it too.
 */
export type SurfaceLine =
  | { kind: "row"; row: number }
  | ({ kind: "fold" } & Fold)
  | { kind: "change"; hunk: number; fold: Fold | null };

/** A half-open run of surface lines. */
export interface LineRange {
  from: number;
  to: number;
}

/** Lines that are found by arithmetic: a run of rows, or one bar. */
interface Block {
  /** The first line. */
  line: number;
  /** The first row, or the row that the bar stands for or before. */
  row: number;
  /** The bar; null for rows. */
  bar: SurfaceLine | null;
}

/** A change's bar stands above the unchanged rows that lead to it, when they are so few. */
const LEAD = 8;

/**
 * Where each line of the surface lies.
 *
 * Every line has the same height, so this is arithmetic over a list of blocks: no element is
 * measured, and finding line 12,000 costs the same as finding line 12. A line that could wrap would
 * break that promise, which is why long lines scroll sideways.
 */
export class Layout {
  /** Number of surface lines. */
  readonly lines: number;
  private readonly blocks: Block[] = [];
  private readonly bars: number[] = [];

  constructor(diff: Pick<FileDiff, "segments" | "hunks">, opened: ReadonlySet<number>) {
    let line = 0;
    let hunk = 0;
    let fold: Fold | null = null;
    const rows = (from: number, to: number): void => {
      if (to <= from) return;
      this.blocks.push({ line, row: from, bar: null });
      line += to - from;
    };
    const bar = (of: SurfaceLine, row: number): void => {
      this.blocks.push({ line, row, bar: of });
      line += 1;
    };
    const flush = (): void => {
      if (fold) bar({ kind: "fold", ...fold }, fold.from);
      fold = null;
    };
    for (const [segment, { from, count, folded }] of diff.segments.entries()) {
      if (folded && !opened.has(segment)) {
        flush();
        fold = { segment, from, count };
        continue;
      }
      let at = from;
      for (const first = hunk; hunk < diff.hunks.length; hunk++) {
        const start = diff.hunks[hunk]?.from ?? 0;
        if (start >= from + count) break;
        if (hunk > first || start - from > LEAD) {
          flush();
          rows(at, start);
          at = start;
        }
        this.bars[hunk] = line;
        bar({ kind: "change", hunk, fold }, fold === null ? at : (fold as Fold).from);
        fold = null;
      }
      flush();
      rows(at, from + count);
    }
    flush();
    this.lines = line;
  }

  /** Height of the whole surface in CSS pixels. */
  get height(): number {
    return this.lines * ROW_HEIGHT;
  }

  /** What stands at a surface line; undefined past the end. */
  at(line: number): SurfaceLine | undefined {
    if (line < 0 || line >= this.lines) return undefined;
    const block = this.last((each) => each.line <= line);
    if (!block) return undefined;
    return block.bar ?? { kind: "row", row: block.row + (line - block.line) };
  }

  /** The surface line of a diff row, or of the bar it is folded under. */
  lineOf(row: number): number {
    const block = this.last((each) => each.row <= row);
    if (!block) return 0;
    return block.bar ? block.line : block.line + (row - block.row);
  }

  /** The surface line of the bar above a change. */
  barOf(hunk: number): number {
    return this.bars[hunk] ?? 0;
  }

  private last(begins: (block: Block) => boolean): Block | undefined {
    let low = 0;
    let high = this.blocks.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      const block = this.blocks[middle];
      if (block && begins(block)) low = middle + 1;
      else high = middle;
    }
    return this.blocks[low - 1];
  }
}

/**
 * The surface lines on screen.
 *
 * `top` is how far the surface's upper edge lies above the upper edge of the viewport (negative
 * when it lies below), all in CSS pixels.
 */
export function visible(top: number, viewport: number, lines: number, spare: number): LineRange {
  const from = Math.max(0, Math.floor(top / ROW_HEIGHT) - spare);
  const to = Math.min(lines, Math.ceil((top + viewport) / ROW_HEIGHT) + spare);
  return from >= to ? { from: 0, to: 0 } : { from, to };
}

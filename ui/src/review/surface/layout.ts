import type { FileDiff, Segment } from "../../host/generated";

/** Height of every line of the surface, in CSS pixels. */
export const ROW_HEIGHT = 21;

/** Height of the bar below the lines that slides them sideways; there for short lines too. */
export const SLIDER_HEIGHT = 11;

/** One line of the surface: a row of the diff, or the bar that stands for a folded run of rows. */
export type SurfaceLine =
  { kind: "row"; row: number } | { kind: "fold"; segment: number; from: number; count: number };

/** A half-open run of surface lines. */
export interface LineRange {
  from: number;
  to: number;
}

/**
 * Where each line of the surface lies.
 *
 * Every line has the same height, so this is arithmetic over the list of segments: no element is
 * measured, and finding line 12,000 costs the same as finding line 12. A line that could wrap would
 * break that promise, which is why long lines scroll sideways.
 */
export class Layout {
  /** Number of surface lines. */
  readonly lines: number;
  private readonly starts: number[] = [];
  private readonly segments: Segment[];

  constructor(diff: Pick<FileDiff, "segments">, opened: ReadonlySet<number>) {
    this.segments = diff.segments.map((segment, index) =>
      opened.has(index) ? { ...segment, folded: false } : segment,
    );
    let line = 0;
    for (const segment of this.segments) {
      this.starts.push(line);
      line += segment.folded ? 1 : segment.count;
    }
    this.lines = line;
  }

  /** Height of the whole surface in CSS pixels. */
  get height(): number {
    return this.lines * ROW_HEIGHT;
  }

  /** What stands at a surface line; undefined past the end. */
  at(line: number): SurfaceLine | undefined {
    if (line < 0 || line >= this.lines) return undefined;
    let low = 0;
    let high = this.starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((this.starts[middle] ?? 0) <= line) low = middle;
      else high = middle - 1;
    }
    const segment = this.segments[low];
    const start = this.starts[low];
    if (!segment || start === undefined) return undefined;
    if (segment.folded) {
      return { kind: "fold", segment: low, from: segment.from, count: segment.count };
    }
    return { kind: "row", row: segment.from + (line - start) };
  }

  /** The surface line of a diff row, or of the bar it is folded under. */
  lineOf(row: number): number {
    for (let index = this.segments.length - 1; index >= 0; index--) {
      const segment = this.segments[index];
      const start = this.starts[index];
      if (segment && start !== undefined && segment.from <= row) {
        return segment.folded ? start : start + Math.min(row - segment.from, segment.count - 1);
      }
    }
    return 0;
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

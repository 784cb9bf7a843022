import { ROW_HEIGHT, SLIDER_HEIGHT } from "./surface/layout";
import type { ChangedFile } from "../host/generated";

/** A half-open run of things in a stack. */
export interface Run {
  from: number;
  to: number;
}

/** Height of the bar above a file's lines, and of one sentence below it, in CSS pixels. */
const HEAD_HEIGHT = 40;
const NOTE_HEIGHT = 31;

/**
 * Things that lie one below the other, of which only those near the screen are on the page. Where
 * each lies follows from heights that were measured or are foretold. All in CSS pixels.
 */
export class Stack {
  /** Where each begins, and at the end where the last one ends. */
  private readonly edges: Float64Array;

  constructor(heights: readonly number[]) {
    this.edges = new Float64Array(heights.length + 1);
    heights.forEach((height, index) => {
      this.edges[index + 1] = (this.edges[index] ?? 0) + height;
    });
  }

  /** Where a thing begins; the height of the whole for one past the last. */
  top(index: number): number {
    return this.edges[Math.min(index, this.edges.length - 1)] ?? 0;
  }

  /** The things that lie at least in part between two heights. */
  between(top: number, bottom: number): Run {
    const count = this.edges.length - 1;
    if (bottom <= top) return { from: 0, to: 0 };
    const from = Math.max(0, this.firstAbove(top) - 1);
    return { from: Math.min(from, count), to: Math.min(count, this.firstAbove(bottom)) };
  }

  /** The first edge that lies at a height or below it. */
  private firstAbove(height: number): number {
    let low = 0;
    let high = this.edges.length;
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.edges[middle] ?? 0) < height) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

/** The height of a file's lines in the view that is shown first; nothing where it has none. */
export function linesHeight(file: ChangedFile): number {
  return file.lines === 0 ? 0 : file.lines * ROW_HEIGHT + SLIDER_HEIGHT;
}

/** About how tall a file will be that was not on the page yet. */
export function foretold(file: ChangedFile, open: boolean): number {
  if (!open) return HEAD_HEIGHT;
  const notes = [file.risk, file.conflict, file.attributes, ...file.notes].filter(Boolean).length;
  return HEAD_HEIGHT + notes * NOTE_HEIGHT + linesHeight(file);
}

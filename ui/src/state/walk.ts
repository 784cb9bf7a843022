import type { ChangedFile } from "../host/generated";

/** One change of one file. */
export interface Stop {
  file: string;
  hunk: number;
}

/** What shows a file's changes while it is on the page. */
export interface Stage {
  revealChange(hunk: number): void;
}

/**
 * Going from change to change through all files of a change set.
 *
 * A file far down the page is not on it yet when it is gone to: it shows the change as soon as it is.
 */
export class Walk {
  /** Where it is; null before the first step. */
  at: Stop | null = null;
  private readonly stages = new Map<string, Stage>();
  private wanted: Stop | null = null;

  /** The change after this one, or before it; null when there is none. */
  next(files: ChangedFile[], by: 1 | -1): Stop | null {
    return this.among(files, by, () => true);
  }

  /** The next change that is not decided, on from the other end of the files if need be. */
  nextUndecided(files: ChangedFile[], by: 1 | -1): Stop | null {
    const found = this.among(files, by, isUndecided);
    if (found || !this.at) return found;
    return new Walk().among(files, by, isUndecided);
  }

  private among(
    files: ChangedFile[],
    by: 1 | -1,
    only: (file: ChangedFile, hunk: number) => boolean,
  ): Stop | null {
    const stops = files.flatMap((file) =>
      Array.from({ length: file.changes }, (_, hunk) => ({ file, hunk })).filter((stop) =>
        only(stop.file, stop.hunk),
      ),
    );
    const order = (file: string) => files.findIndex((each) => each.id === file);
    const { at } = this;
    const found = at
      ? by > 0
        ? stops.find((stop) => compare(stop, at, order) > 0)
        : stops.findLast((stop) => compare(stop, at, order) < 0)
      : stops.at(by > 0 ? 0 : -1);
    return found ? { file: found.file.id, hunk: found.hunk } : null;
  }

  /** Goes to a change; true when it is shown already. */
  go(stop: Stop): boolean {
    this.at = stop;
    const stage = this.stages.get(stop.file);
    this.wanted = stage ? null : stop;
    stage?.revealChange(stop.hunk);
    return stage !== undefined;
  }

  /** A file is on the page, with its changes. */
  enter(file: string, stage: Stage): void {
    this.stages.set(file, stage);
    if (this.wanted?.file !== file) return;
    stage.revealChange(this.wanted.hunk);
    this.wanted = null;
  }

  /** A file left the page. */
  leave(file: string, stage: Stage): void {
    if (this.stages.get(file) === stage) this.stages.delete(file);
  }
}

function compare(
  stop: { file: ChangedFile; hunk: number },
  at: Stop,
  order: (file: string) => number,
): number {
  return order(stop.file.id) - order(at.file) || stop.hunk - at.hunk;
}

function isUndecided(file: ChangedFile, hunk: number): boolean {
  if (!file.parts) return file.mark === "undecided";
  const mark = file.parts.hunks[hunk];
  if (mark !== "mixed") return mark === "undecided";
  // Of mixed changes some may have lines that are open.
  return file.decided < file.parts.hunks.filter((each) => each !== "undecided").length;
}

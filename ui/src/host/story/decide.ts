/** What a decision makes of a file's marks, for the story only. The real one is made in Rust. */
import type { ChangedFile, FileMark, Hunk, Mark, Part } from "../generated";

export function decided(
  file: ChangedFile,
  hunks: Hunk[],
  parts: Part[],
  mark: Mark,
  rest: boolean,
): ChangedFile {
  const now = (hunk: number): FileMark =>
    file.parts?.hunks[hunk] ?? (file.mark === "mixed" ? "undecided" : file.mark);
  const marks = Array.from({ length: file.changes }, (_, hunk): FileMark => now(hunk));
  let lines = file.parts?.lines ?? [];
  if (parts.length === 0) {
    marks.forEach((each, hunk) => {
      if (!rest || each === "undecided") marks[hunk] = mark;
    });
  }
  for (const part of parts) {
    if (part.type === "hunk") {
      marks[part.hunk] = mark;
      continue;
    }
    const at = hunks.findIndex(({ from, count }) => part.from >= from && part.from < from + count);
    if (at >= 0) marks[at] = "mixed";
    const rows = Array.from({ length: part.count }, (_, index) => part.from + index);
    const within = (row: number) => rows.includes(row);
    lines = lines.filter(({ row, side }) => !within(row) || side !== (part.side ?? side));
    const sides = part.side ? [part.side] : (["old", "new"] as const);
    if (mark !== "undecided") {
      lines.push(...rows.flatMap((row) => sides.map((side) => ({ row, side, mark }))));
    }
  }
  const all = (of: FileMark) => marks.every((each) => each === of);
  const whole = (["undecided", "approved", "rejected"] as const).find(all);
  return {
    ...file,
    mark: whole ?? "mixed",
    markDropped: false,
    parts: whole ? null : { hunks: marks, lines },
    decided: marks.filter((each) => each === "approved" || each === "rejected").length,
    approved: marks.filter((each) => each === "approved" || each === "mixed").length,
  };
}

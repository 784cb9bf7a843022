/** Side-by-side rows of two small texts, for the story only. The real ones come from Rust. */
import type { FileDiff, Line, Row, RowKind, Segment } from "../generated";

const SYNTAX: [string, RegExp][] = [
  ["comment", /\/\/.*/y],
  ["string", /'[^']*'|"[^"]*"|`[^`]*`/y],
  ["keyword", /\b(?:export|function|const|let|for|of|return|if|import|from|new|default)\b/y],
  ["number", /\b\d+(?:\.\d+)?\b/y],
  ["function", /\b\w+(?=\()/y],
];

function syntax(text: string): Line["syntax"] {
  const spans: Line["syntax"] = [];
  for (let at = 0; at < text.length;) {
    let length = 0;
    for (const [name, pattern] of SYNTAX) {
      pattern.lastIndex = at;
      const match = pattern.exec(text);
      if (match) {
        length = match[0].length;
        spans.push([at, length, name]);
        break;
      }
    }
    at += length || 1;
  }
  return spans;
}

function line(number: number, text: string): Line {
  return { number, text, syntax: syntax(text), words: [], hidden: [], ending: null };
}

function changedWords(a: string, b: string): [Line["words"], Line["words"]] {
  let head = 0;
  while (head < Math.min(a.length, b.length) && a[head] === b[head]) head += 1;
  let tail = 0;
  while (tail < Math.min(a.length, b.length) - head && a.at(-1 - tail) === b.at(-1 - tail))
    tail += 1;
  const span = (text: string): Line["words"] =>
    text.length - tail > head ? [[head, text.length - tail - head]] : [];
  return [span(a), span(b)];
}

/** Aligned rows by the longest common subsequence. */
export function align(before: string, after: string): Row[] {
  const a = before === "" ? [] : before.split("\n");
  const b = after === "" ? [] : after.split("\n");
  const length: number[][] = Array.from({ length: a.length + 1 }, () =>
    Array(b.length + 1).fill(0),
  );
  const at = (i: number, j: number) => length[i]?.[j] ?? 0;
  for (let i = a.length - 1; i >= 0; i -= 1) {
    for (let j = b.length - 1; j >= 0; j -= 1) {
      length[i]![j] = a[i] === b[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const rows: Row[] = [];
  let removed: Line[] = [];
  let added: Line[] = [];
  const flush = () => {
    for (let n = 0; n < Math.max(removed.length, added.length); n += 1) {
      const left = removed[n] ?? null;
      const right = added[n] ?? null;
      let kind: RowKind = left ? "removed" : "added";
      if (left && right) {
        kind = "changed";
        [left.words, right.words] = changedWords(left.text, right.text);
      }
      rows.push({ kind, old: left, new: right, newNumber: null });
    }
    removed = [];
    added = [];
  };
  let i = 0;
  let j = 0;
  while (i < a.length || j < b.length) {
    if (i < a.length && j < b.length && a[i] === b[j]) {
      flush();
      rows.push({ kind: "same", old: line(i + 1, a[i]!), new: null, newNumber: j + 1 });
      i += 1;
      j += 1;
    } else if (j >= b.length || (i < a.length && at(i + 1, j) >= at(i, j + 1))) {
      removed.push(line(i + 1, a[i]!));
      i += 1;
    } else {
      added.push(line(j + 1, b[j]!));
      j += 1;
    }
  }
  flush();
  return rows;
}

/** The shape of aligned rows. */
export function shape(file: string, shown: string, rows: Row[], context: number): FileDiff {
  const near = rows.map((_, n) =>
    rows.slice(Math.max(0, n - context), n + context + 1).some((row) => row.kind !== "same"),
  );
  const segments: Segment[] = [];
  near.forEach((open, n) => {
    const last = segments.at(-1);
    if (last && last.folded === !open) last.count += 1;
    else segments.push({ from: n, count: 1, folded: !open });
  });
  const widest = Math.max(
    0,
    ...rows.flatMap((row) => [row.old?.text.length ?? 0, row.new?.text.length ?? 0]),
  );
  return {
    file,
    shown,
    rows: rows.length,
    segments,
    hunks: [],
    widest,
  };
}

/** The items of a task as what is drawn: one quiet line each, reads beside each other folded. */
import type { Item, ItemKind, PatchedFile, TestCounts } from "../host/generated";
import { count, duration, RESULT_WORDS } from "../state/words";
import { inWords, looksOnly } from "./commands";

export type Tone = "go" | "stop" | "warn" | "quiet";

/** A piece of a line: words, or something exact in code letters. */
export type Piece = { words: string } | { exact: string };

export interface WorkLine {
  pieces: Piece[];
  result: { text: string; tone: Tone } | null;
  added: number;
  removed: number;
}

export type Of<T extends ItemKind["type"]> = Extract<ItemKind, { type: T }>;
export type WorkKind = Of<
  "command" | "patch" | "imageView" | "badCall" | "refused" | "check" | "untilGreen"
>;

export type Entry =
  | { key: string; type: "item"; item: Item }
  | { key: string; type: "reads"; items: Item[] }
  | { key: string; type: "plan"; item: Item };

const SHOWN_READS = 3;

function isQuietRead(item: Item): boolean {
  const { kind } = item;
  return (
    kind.type === "command" &&
    kind.outcome === "exited" &&
    kind.exitCode === 0 &&
    kind.changed.length === 0 &&
    looksOnly(kind.command)
  );
}

/** What is drawn, in order: one plan per turn in its newest form, neighbouring reads together. */
export function entries(items: Item[]): Entry[] {
  const plans = new Map<number, Item>();
  for (const item of items) if (item.kind.type === "plan") plans.set(item.turn, item);
  const drawn: Entry[] = [];
  const planned = new Set<number>();
  for (const item of items) {
    const last = drawn.at(-1);
    if (item.kind.type === "plan") {
      if (!planned.has(item.turn)) {
        drawn.push({ key: `plan ${item.turn}`, type: "plan", item: plans.get(item.turn) ?? item });
      }
      planned.add(item.turn);
    } else if (isQuietRead(item)) {
      if (last?.type === "reads") last.items.push(item);
      else drawn.push({ key: item.id, type: "reads", items: [item] });
    } else {
      drawn.push({ key: item.id, type: "item", item });
    }
  }
  return drawn;
}

function listed(names: string[]): Piece[] {
  const shown = names
    .slice(0, SHOWN_READS)
    .flatMap((name, at): Piece[] =>
      at === 0 ? [{ exact: name }] : [{ words: "," }, { exact: name }],
    );
  const more = names.length - SHOWN_READS;
  return more > 0 ? [...shown, { words: `and ${more} more` }] : shown;
}

/** One line for neighbouring reads. */
export function readsLine(items: Item[]): Piece[] {
  const files: string[] = [];
  const searches: string[] = [];
  const folders: string[] = [];
  for (const { kind } of items) {
    if (kind.type !== "command") continue;
    const said = inWords(kind.command);
    if (said.act === "read") files.push(...said.files.filter((file) => !files.includes(file)));
    if (said.act === "search") searches.push(said.pattern);
    if (said.act === "list") folders.push(said.folder || "the project");
  }
  const clauses: Piece[][] = [];
  if (files.length > 0) clauses.push([{ words: "Read" }, ...listed(files)]);
  if (searches.length > 0) clauses.push([{ words: "Searched for" }, ...listed(searches)]);
  if (folders.length > 0) {
    const place: Piece[] =
      folders.length > 1
        ? [{ words: count(folders.length, "folder") }]
        : [folders[0] === "the project" ? { words: "the project" } : { exact: folders[0] ?? "" }];
    clauses.push([{ words: "Listed" }, ...place]);
  }
  return clauses.flatMap((clause, at): Piece[] =>
    at === 0 ? clause : [{ words: "·" }, ...clause.map(lowered)],
  );
}

function lowered(piece: Piece, at: number): Piece {
  return at === 0 && "words" in piece
    ? { words: piece.words[0]?.toLowerCase() + piece.words.slice(1) }
    : piece;
}

export function testWords(tests: TestCounts): { text: string; tone: Tone } {
  const all = tests.passed + tests.failed;
  const skipped = tests.skipped > 0 ? `, ${tests.skipped} skipped` : "";
  if (tests.failed > 0) return { text: `${tests.failed} of ${all} failed${skipped}`, tone: "stop" };
  if (tests.passed === 0) return { text: `no tests ran${skipped}`, tone: "warn" };
  return { text: `${tests.passed} passed${skipped}`, tone: "go" };
}

function commandPieces(command: string): Piece[] {
  const said = inWords(command);
  switch (said.act) {
    case "read":
      return [{ words: "Read" }, ...listed(said.files)];
    case "list":
      return said.folder
        ? [{ words: "Listed" }, { exact: said.folder }]
        : [{ words: "Listed the project" }];
    case "search":
      return [
        { words: "Searched for" },
        { exact: said.pattern },
        ...(said.where ? [{ words: "in" }, { exact: said.where }] : []),
      ];
    case "test":
      return [{ words: "Ran the tests" }, { exact: said.command }];
    case "run":
      return [{ words: "Ran" }, { exact: said.command }];
  }
}

function commandResult(kind: Of<"command">): WorkLine["result"] {
  const time = duration(kind.durationMs);
  switch (kind.outcome) {
    case "running":
      return { text: "running", tone: "quiet" };
    case "timedOut":
      return { text: `timed out after ${time}`, tone: "stop" };
    case "stopped":
      return { text: `stopped · ${time}`, tone: "quiet" };
    case "notStarted":
      return { text: "could not start", tone: "stop" };
    case "exited": {
      if (kind.tests) {
        const tests = testWords(kind.tests);
        return { text: `${tests.text} · ${time}`, tone: tests.tone };
      }
      // What searches for text says by 1 that there is none.
      if (kind.exitCode === 1 && inWords(kind.command).act === "search")
        return { text: `nothing found · ${time}`, tone: "quiet" };
      if (kind.exitCode !== 0)
        return { text: `failed, exit code ${kind.exitCode} · ${time}`, tone: "stop" };
      return { text: time, tone: "quiet" };
    }
  }
}

function checkResult(kind: Of<"check">): WorkLine["result"] {
  const { word, tone } = RESULT_WORDS[kind.result];
  if (kind.result === "running") return { text: "running", tone: "quiet" };
  const time = duration(kind.durationMs);
  const counted = kind.result === "passed" || kind.result === "failed";
  if (counted && kind.tests && kind.tests.passed + kind.tests.failed > 0) {
    const tests = testWords(kind.tests);
    const tone = kind.result === "failed" ? "stop" : tests.tone;
    return { text: `${tests.text} · ${time}`, tone };
  }
  return { text: `${word.toLowerCase()} · ${time}`, tone: tone === "info" ? "quiet" : tone };
}

const ROUNDS_ENDED = { green: "passes", notGreen: "ended without passing", stopped: "stopped" };

/** "round 2 of 5", or what comes before the first. */
export function roundWords({ round, limit }: Of<"untilGreen">): string {
  return round === 0 ? "the first check" : `round ${round} of ${limit}`;
}

const PATCH_VERBS = { added: "Created", modified: "Edited", deleted: "Deleted" } as const;

function patchPieces(files: PatchedFile[]): Piece[] {
  const [only] = files;
  if (files.length === 1 && only)
    return [{ words: PATCH_VERBS[only.change] }, { exact: only.path }];
  return [{ words: `Edited ${count(files.length, "file")}` }];
}

/** One item of the agent's work as one line. */
export function workLine(kind: WorkKind): WorkLine {
  const line: WorkLine = { pieces: [], result: null, added: 0, removed: 0 };
  switch (kind.type) {
    case "command":
      return { ...line, pieces: commandPieces(kind.command), result: commandResult(kind) };
    case "patch": {
      if (kind.error !== null) {
        return {
          ...line,
          pieces: [{ words: "An edit did not fit" }],
          result: { text: "nothing changed", tone: "quiet" },
        };
      }
      return {
        ...line,
        pieces: patchPieces(kind.files),
        added: kind.files.reduce((sum, file) => sum + file.added, 0),
        removed: kind.files.reduce((sum, file) => sum + file.removed, 0),
      };
    }
    case "imageView":
      return {
        ...line,
        pieces: [
          { words: kind.error === null ? "Looked at" : "Could not look at" },
          { exact: kind.path },
        ],
      };
    case "badCall":
      return {
        ...line,
        pieces: [{ words: "Asked for a tool in a way that does not work" }],
        result: { text: "nothing done", tone: "quiet" },
      };
    case "refused":
      return {
        ...line,
        pieces: [{ words: "Not allowed" }, { exact: kind.action }],
        result: { text: "refused", tone: "warn" },
      };
    case "check":
      return {
        ...line,
        pieces: [{ words: "Ran the check" }, { exact: kind.command }],
        result: checkResult(kind),
      };
    case "untilGreen":
      return {
        ...line,
        pieces: [{ words: "Until green" }, { exact: kind.command }],
        result: {
          text: kind.ending ? ROUNDS_ENDED[kind.ending] : roundWords(kind),
          tone: kind.ending === "green" ? "go" : kind.ending === "notGreen" ? "stop" : "quiet",
        },
      };
  }
}

/** Whether an item is drawn as a line of work. */
export function isWork(kind: ItemKind): kind is WorkKind {
  const others = ["message", "automatic", "answer", "earlier", "reasoning", "plan", "error"];
  return !others.includes(kind.type) && kind.type !== "compaction";
}

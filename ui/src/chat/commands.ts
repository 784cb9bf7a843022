/**
 * Puts a command in plain words where it plainly is one of a few: reading, listing, searching,
 * running tests. Anything with a redirection, a chain or a substitution is shown as it is, so that
 * a line never says less than the command does.
 */
export type CommandWords =
  | { act: "read"; files: string[] }
  | { act: "list"; folder: string }
  | { act: "search"; pattern: string; where: string }
  | { act: "test"; command: string }
  | { act: "run"; command: string };

const READERS = new Set(["cat", "head", "tail", "nl", "bat", "less", "more"]);
const LISTERS = new Set(["ls", "tree"]);
const SEARCHERS = new Set(["rg", "grep", "egrep", "fgrep", "ag"]);
const TESTS = [
  /^(npm|pnpm|yarn|bun) (run )?test\b/,
  /^(npx |bunx |pnpm exec )?(vitest|jest|mocha|ava|tap)\b/,
  /^node --test\b/,
  /^(python3? -m )?(pytest|unittest)\b/,
  /^cargo (nextest run|test)\b/,
  /^go test\b/,
  /^(mvn|gradle|\.\/gradlew|make|rake|bundle exec rspec|rspec|phpunit|dotnet) ?test\b/,
];

/** Splits like a shell would for plain words and quotes; null when it is more than that. */
export function words(command: string): string[] | null {
  if (command.includes("\n")) return null;
  const found: string[] = [];
  const pattern = /\s*(?:"([^"\\$`]*)"|'([^']*)'|([^\s"'`$;&|<>(){}\\]+))(?=\s|$)/gy;
  let at = 0;
  for (;;) {
    pattern.lastIndex = at;
    const match = pattern.exec(command);
    if (!match) break;
    found.push(match[1] ?? match[2] ?? match[3] ?? "");
    at = pattern.lastIndex;
  }
  return command.slice(at).trim() === "" && found.length > 0 ? found : null;
}

/** Takes off `bash -lc '…'`. */
export function unwrapped(command: string): string {
  const match = /^(?:\/(?:usr\/)?bin\/)?(?:ba|z)?sh -l?c (['"])([\s\S]*)\1$/.exec(command.trim());
  const inside = match?.[2];
  return inside !== undefined && !inside.includes(match?.[1] ?? "")
    ? inside.trim()
    : command.trim();
}

/** A script's first line stands for the script, and says that there is more. */
function firstLine(script: string): string {
  const [line = "", ...more] = script.split("\n");
  return line.replace(/\s+/g, " ") + (more.length > 0 ? " …" : "");
}

export function inWords(command: string): CommandWords {
  const inner = unwrapped(command);
  const shown = firstLine(inner);
  const parts = words(inner);
  const [name = "", ...rest] = parts ?? [];
  const plainArguments = rest.filter((word) => !word.startsWith("-"));
  if (parts && READERS.has(name)) {
    const files = plainArguments.filter((word) => !/^\d+$/.test(word));
    if (files.length > 0) return { act: "read", files };
  }
  if (parts && name === "sed" && rest[0] === "-n" && /^[\d,$p]+$/.test(rest[1] ?? "")) {
    const files = rest.slice(2);
    if (files.length > 0) return { act: "read", files };
  }
  if (parts && LISTERS.has(name)) {
    return { act: "list", folder: plainArguments[0] ?? "" };
  }
  if (parts && name === "rg" && rest.includes("--files")) {
    return { act: "list", folder: plainArguments[0] ?? "" };
  }
  if (parts && SEARCHERS.has(name) && plainArguments[0]) {
    return { act: "search", pattern: plainArguments[0], where: plainArguments[1] ?? "" };
  }
  if (!/[;&|<>`$\n]/.test(inner) && TESTS.some((test) => test.test(shown))) {
    return { act: "test", command: shown };
  }
  return { act: "run", command: shown };
}

/** Whether a command plainly only looks. */
export function looksOnly(command: string): boolean {
  return ["read", "list", "search"].includes(inWords(command).act);
}

/** How states, marks and times are put in words. Pure; every screen uses the same ones. */
import type {
  Attachment,
  ChangeKind,
  CheckResult,
  Effort,
  KeyState,
  Permission,
  RecentProject,
  Task,
  TaskState,
  Wire,
  ServiceTier,
  WireChoice,
} from "../host/generated";

/** The shape beside a state, so that colour is never alone. */
export type Shape = "dot" | "diamond" | "ring" | "check" | "cross" | "square" | "pause" | "empty";

export interface StateWords {
  word: string;
  shape: Shape;
  tone: "go" | "stop" | "warn" | "info" | "quiet";
}

const STATE_WORDS: Record<TaskState, StateWords> = {
  queued: { word: "Waiting to start", shape: "empty", tone: "quiet" },
  working: { word: "Working", shape: "ring", tone: "info" },
  needsYou: { word: "Needs you", shape: "diamond", tone: "warn" },
  paused: { word: "Paused", shape: "pause", tone: "warn" },
  answered: { word: "Answered", shape: "check", tone: "quiet" },
  readyToReview: { word: "Ready to review", shape: "dot", tone: "go" },
  partlyApplied: { word: "Partly applied", shape: "dot", tone: "go" },
  applied: { word: "Applied", shape: "check", tone: "quiet" },
  stopped: { word: "Stopped", shape: "square", tone: "quiet" },
  archived: { word: "Archived", shape: "empty", tone: "quiet" },
};

const FAILED: StateWords = { word: "Failed", shape: "diamond", tone: "warn" };

/** The words for one task: an error is no stop by the person. */
export function stateWords(task: Task): StateWords {
  if (task.state === "stopped" && task.turn === "failed") return FAILED;
  return STATE_WORDS[task.state];
}

const word = (state: TaskState) => STATE_WORDS[state].word;

const GROUPS: { title: string; words: string[] }[] = [
  { title: "Needs you", words: [word("needsYou"), word("paused")] },
  { title: "Failed", words: [FAILED.word] },
  { title: "Ready to review", words: [word("readyToReview"), word("partlyApplied")] },
  { title: "Working", words: [word("working"), word("queued")] },
  { title: "Answered", words: [word("answered")] },
  { title: "Applied", words: [word("applied")] },
  { title: "Stopped", words: [word("stopped")] },
];

export interface TaskGroup {
  title: string;
  tasks: Task[];
}

/** Tasks by what they want from the person; empty groups are left out, newest first within one. */
export function groupTasks(tasks: Task[]): TaskGroup[] {
  return GROUPS.map(({ title, words }) => ({
    title,
    tasks: tasks
      .filter((task) => words.includes(stateWords(task).word))
      .sort((a, b) => b.changedAt - a.changedAt),
  })).filter((group) => group.tasks.length > 0);
}

export const PERMISSION_WORDS: Record<Permission, { word: string; short: string; note: string }> = {
  readOnly: {
    word: "Read-only",
    short: "Read-only",
    note: "Looks and answers. Asks before any edit or command.",
  },
  auto: {
    word: "Auto, in a private copy",
    short: "Auto",
    note: "Edits and runs commands in a private copy. Asks before it uses the internet.",
  },
  full: {
    word: "Full access",
    short: "Full access",
    note: "Commands use the internet without asking. They still work in the private copy.",
  },
};

export const EFFORT_WORDS: Record<Effort, { word: string; short: string; note: string }> = {
  usual: { word: "Usual effort", short: "Usual", note: "As much as the model does by itself." },
  minimal: { word: "Minimal effort", short: "Minimal", note: "Hardly thinks; answers at once." },
  low: { word: "Low effort", short: "Low", note: "Quick and cheap, for simple changes." },
  medium: { word: "Medium effort", short: "Medium", note: "A balance of care and speed." },
  high: { word: "High effort", short: "High", note: "Thinks longer, for hard problems." },
  extraHigh: {
    word: "Highest effort",
    short: "Highest",
    note: "As long as it takes. Slow and costly.",
  },
};

/** Where a key is, in a few words beside its provider. */
export const KEY_WORDS: Record<KeyState, { word: string; tone: "go" | "warn" | "quiet" }> = {
  missing: { word: "No key", tone: "quiet" },
  unread: { word: "Key in the keychain", tone: "quiet" },
  saved: { word: "Key in the keychain", tone: "go" },
  session: { word: "Key until Greenlight closes", tone: "warn" },
  given: { word: "Key from the environment", tone: "go" },
  locked: { word: "Keychain is locked", tone: "warn" },
  refused: { word: "Keychain refused", tone: "warn" },
  noKeychain: { word: "No keychain", tone: "warn" },
};

export const CHANGE_WORDS: Record<ChangeKind, { letter: string; word: string }> = {
  added: { letter: "A", word: "Added" },
  modified: { letter: "M", word: "Changed" },
  deleted: { letter: "D", word: "Deleted" },
};

export const RESULT_WORDS: Record<CheckResult, StateWords> = {
  running: { word: "Running", shape: "ring", tone: "info" },
  passed: { word: "Passed", shape: "check", tone: "go" },
  failed: { word: "Failed", shape: "cross", tone: "stop" },
  noTests: { word: "No tests ran", shape: "empty", tone: "warn" },
  uncounted: { word: "No tests counted", shape: "empty", tone: "warn" },
  missing: { word: "Something is missing", shape: "diamond", tone: "warn" },
  crashed: { word: "Crashed", shape: "cross", tone: "stop" },
  timedOut: { word: "Took too long", shape: "cross", tone: "stop" },
  tooMuchOutput: { word: "Printed too much", shape: "cross", tone: "stop" },
  stopped: { word: "Stopped", shape: "square", tone: "quiet" },
  notStarted: { word: "Not started", shape: "diamond", tone: "warn" },
};

/** "1 file", "2 files". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

/** "1 byte", "12 kB", "3.4 MB". */
export function size(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  if (bytes < 1_000_000) return `${Math.ceil(bytes / 1000)} kB`;
  return `${(Math.floor(bytes / 100_000) / 10).toFixed(1)} MB`;
}

/** How big an attached thing is: "1365 × 768, 120 kB". */
export function sizes({ picture, bytes }: Attachment): string {
  return picture ? `${picture.width} × ${picture.height}, ${size(bytes)}` : size(bytes);
}

/** What it costs, which is an estimate: "about 1,229 tokens". */
export function costs({ tokens }: { tokens: number }): string {
  return `about ${count(tokens, "token")}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** A time of the day, as "18:40". */
export function clock(at: number): string {
  const time = new Date(at);
  return [time.getHours(), time.getMinutes()]
    .map((part) => String(part).padStart(2, "0"))
    .join(":");
}

/** "just now", "5 min ago", "2 h ago", "yesterday", "3 days ago", else the date. */
export function ago(at: number, now: number): string {
  const passed = now - at;
  if (passed < MINUTE) return "just now";
  if (passed < HOUR) return `${Math.floor(passed / MINUTE)} min ago`;
  if (passed < DAY) return `${Math.floor(passed / HOUR)} h ago`;
  if (passed < 2 * DAY) return "yesterday";
  if (passed < 7 * DAY) return `${Math.floor(passed / DAY)} days ago`;
  return new Date(at).toLocaleDateString("en", { day: "numeric", month: "short", year: "numeric" });
}

/** "0.4 s", "2.1 s", "1 min 5 s". */
export function duration(ms: number): string {
  if (ms < 59_950) return `${(ms / 1000).toFixed(1)} s`;
  const seconds = Math.round(ms / 1000);
  const rest = seconds % 60;
  return `${Math.floor(seconds / 60)} min${rest ? ` ${rest} s` : ""}`;
}

/** What a recent project wants, or when it was last open. */
export function recentWords(project: RecentProject, now: number): string {
  if (project.missing) return "Folder is missing";
  const wants = [];
  if (project.needsYou > 0) wants.push(`${project.needsYou} needs you`);
  if (project.ready > 0) wants.push(`${project.ready} ready to review`);
  return wants.length > 0 ? wants.join(" · ") : ago(project.openedAt, now);
}

/** The forms of requests, as they are chosen. */
export const TIERS: { value: ServiceTier | "none"; word: string; note?: string }[] = [
  { value: "none", word: "Not asked for", note: "Requests say nothing of a tier" },
  { value: "auto", word: "Auto", note: "What the project at the provider is set to" },
  { value: "default", word: "Default", note: "The standard speed and price" },
  { value: "flex", word: "Flex", note: "Slower and cheaper" },
  { value: "priority", word: "Priority", note: "Faster and dearer" },
];

export const WIRES: { value: WireChoice; word: string; note?: string }[] = [
  {
    value: "auto",
    word: "Automatic",
    note: "The Responses API where the server has it, else Chat Completions",
  },
  { value: "responses", word: "Responses API" },
  { value: "chat", word: "Chat Completions" },
];

/** A form of requests, in a sentence. */
export const SPOKEN: Record<Wire, string> = {
  responses: "the Responses API",
  chat: "Chat Completions",
};

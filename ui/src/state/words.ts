/** How states, marks and times are put in words. Pure; every screen uses the same ones. */
import type { ChangeKind, Permission, RecentProject, Task, TaskState } from "../host/generated";

/** The shape beside a state, so that colour is never alone. */
export type Shape = "dot" | "diamond" | "ring" | "check" | "square" | "pause" | "empty";

export interface StateWords {
  word: string;
  shape: Shape;
  tone: "go" | "warn" | "info" | "quiet";
}

export const STATE_WORDS: Record<TaskState, StateWords> = {
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

const GROUPS: { title: string; states: TaskState[] }[] = [
  { title: "Needs you", states: ["needsYou", "paused"] },
  { title: "Ready to review", states: ["readyToReview", "partlyApplied"] },
  { title: "Working", states: ["working", "queued"] },
  { title: "Answered", states: ["answered"] },
  { title: "Applied", states: ["applied"] },
  { title: "Stopped", states: ["stopped"] },
];

export interface TaskGroup {
  title: string;
  tasks: Task[];
}

/** Tasks by what they want from the person; empty groups are left out, newest first within one. */
export function groupTasks(tasks: Task[]): TaskGroup[] {
  return GROUPS.map(({ title, states }) => ({
    title,
    tasks: tasks
      .filter((task) => states.includes(task.state))
      .sort((a, b) => b.changedAt - a.changedAt),
  })).filter((group) => group.tasks.length > 0);
}

export const PERMISSION_WORDS: Record<Permission, { word: string; note: string }> = {
  readOnly: { word: "Read-only", note: "Looks and answers. Asks before any edit or command." },
  auto: {
    word: "Auto, in a private copy",
    note: "Edits and runs commands in a private copy, without the internet.",
  },
  full: {
    word: "Full access",
    note: "Commands may use the internet and write outside the private copy.",
  },
};

export const CHANGE_WORDS: Record<ChangeKind, { letter: string; word: string }> = {
  added: { letter: "A", word: "Added" },
  modified: { letter: "M", word: "Changed" },
  deleted: { letter: "D", word: "Deleted" },
};

/** "1 file", "2 files". */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
}

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

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

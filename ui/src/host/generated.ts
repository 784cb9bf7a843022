// Written from the command table and types of the api crate. Do not edit:
// run `UPDATE=1 cargo test -p api`.

/**
 * The whole of a reply that has nothing to say.
 */
export type Nothing = Record<symbol, never>;

/**
 * A project that was opened before.
 */
export type RecentProject = { 
/**
 * Names the project in requests.
 */
id: string, 
/**
 * The folder's name.
 */
name: string, 
/**
 * Where it is, with the home folder shortened to `~`.
 */
place: string, 
/**
 * When it was opened last.
 */
openedAt: number, 
/**
 * How many of its tasks wait for the person.
 */
needsYou: number, 
/**
 * How many of its tasks are ready to review.
 */
ready: number, 
/**
 * Whether the folder is there now.
 */
missing: boolean, };

/**
 * How commands are confined on this machine.
 */
export type Confinement = { 
/**
 * Whether commands can run confined.
 */
available: boolean, 
/**
 * One sentence: what confines them, or what is missing and how to get it.
 */
sentence: string, };

/**
 * Where requests go, without any secret.
 */
export type ProviderState = { 
/**
 * Shown to the person: "OpenAI", a host, or "Demo: scripted replies".
 */
name: string, 
/**
 * Whether a request can be sent.
 */
ready: boolean, 
/**
 * Why not, and what to do, when it is not ready; else what to know of it.
 */
hint: string | null, };

/**
 * What the person answered about a folder.
 */
export type Trust = "unasked" | "lookOnly" | "trusted";

/**
 * The open project.
 */
export type Project = { 
/**
 * Names the project in requests.
 */
id: string, 
/**
 * The folder's name.
 */
name: string, 
/**
 * Where it is, with the home folder shortened to `~`.
 */
place: string, 
/**
 * Whether this is the sample project, played by scripted replies.
 */
demo: boolean, 
/**
 * The request that the sample suggests.
 */
suggestion: string | null, 
/**
 * Things the person should know about the folder (read-only, polling, gone).
 */
notices: Array<string>, 
/**
 * Whether the folder is gone or unmounted right now.
 */
gone: boolean, 
/**
 * What the person answered about the folder.
 */
trust: Trust, };

/**
 * What the window shows before and around a project.
 */
export type AppState = { 
/**
 * The app's version.
 */
version: string, 
/**
 * Projects opened before, newest first.
 */
recent: Array<RecentProject>, 
/**
 * The project open in this window.
 */
project: Project | null, 
/**
 * Where requests go.
 */
provider: ProviderState, 
/**
 * How commands are confined on this machine.
 */
confinement: Confinement, 
/**
 * The models that can be chosen, the default first.
 */
models: Array<string>, };

/**
 * Opens a folder by path. Only the shell may ask this: a path never comes from script.
 */
export type ProjectOpen = { 
/**
 * The folder, as the operating system gave it.
 */
path: string, };

/**
 * Names a project that was opened before.
 */
export type ProjectId = { 
/**
 * The project's id.
 */
project: string, };

/**
 * Answers whether the open folder is trusted.
 */
export type ProjectTrust = { 
/**
 * False to look only; work that is under way in the folder is stopped.
 */
trusted: boolean, };

/**
 * What the agent may do without asking.
 */
export type Permission = "readOnly" | "auto" | "full";

/**
 * Where a task stands.
 */
export type TaskState = "queued" | "working" | "needsYou" | "paused" | "answered" | "readyToReview" | "partlyApplied" | "applied" | "stopped" | "archived";

/**
 * How a turn stands.
 */
export type TurnState = "running" | "done" | "stopped" | "failed" | "interrupted";

/**
 * One goal in one conversation.
 */
export type Task = { 
/**
 * Names the task in requests.
 */
id: string, 
/**
 * What it is called; at first the beginning of its first message.
 */
title: string, 
/**
 * Where it stands.
 */
state: TaskState, 
/**
 * A few words beside the state: "Step 2 of 5", "3 files", "stopped by you".
 */
detail: string, 
/**
 * How the newest turn stands.
 */
turn: TurnState, 
/**
 * The model that answers.
 */
model: string, 
/**
 * What the agent may do without asking.
 */
permission: Permission, 
/**
 * When it was started.
 */
createdAt: number, 
/**
 * When it last did something.
 */
changedAt: number, 
/**
 * Files in the change set.
 */
files: number, 
/**
 * The newest apply of this task that can be undone.
 */
undo: string | null, 
/**
 * Context used, 0 to 100.
 */
contextPercent: number, };

/**
 * What the window needs to draw an open project from nothing.
 */
export type Snapshot = { 
/**
 * The project.
 */
project: Project, 
/**
 * Its tasks, newest first.
 */
tasks: Array<Task>, 
/**
 * Text typed for a task that was never started.
 */
unsent: string, };

/**
 * Starts a task.
 */
export type TaskStart = { 
/**
 * What the person wants.
 */
text: string, 
/**
 * Null for the default model.
 */
model: string | null, 
/**
 * What the agent may do without asking.
 */
permission: Permission, };

/**
 * Sends a message to a task: a new turn, or a word in the running one.
 */
export type TaskSend = { 
/**
 * The task.
 */
task: string, 
/**
 * The message.
 */
text: string, };

/**
 * Names a task.
 */
export type TaskId = { 
/**
 * The task's id.
 */
task: string, };

/**
 * Changes how a task goes on from its next turn.
 */
export type TaskConfigure = { 
/**
 * The task.
 */
task: string, 
/**
 * The model from now on; null leaves it.
 */
model: string | null, 
/**
 * The permission mode from now on; null leaves it.
 */
permission: Permission | null, };

/**
 * Gives a task another name.
 */
export type TaskRename = { 
/**
 * The task.
 */
task: string, 
/**
 * Its name from now on.
 */
title: string, };

/**
 * Puts a task away or takes it out again.
 */
export type TaskArchive = { 
/**
 * The task.
 */
task: string, 
/**
 * True to put it away.
 */
archived: boolean, };

/**
 * A task that was removed and can be brought back.
 */
export type RemovedTask = { 
/**
 * Names the task in requests.
 */
id: string, 
/**
 * What it is called.
 */
title: string, 
/**
 * Files in its change set.
 */
files: number, 
/**
 * When it was removed.
 */
removedAt: number, 
/**
 * When it is deleted for good.
 */
deletedAt: number, };

/**
 * The tasks that were removed and can be brought back.
 */
export type RemovedTasks = { 
/**
 * The newest removal first.
 */
tasks: Array<RemovedTask>, };

/**
 * How a command ended.
 */
export type CommandOutcome = "running" | "exited" | "timedOut" | "stopped" | "notStarted";

/**
 * How far a step is.
 */
export type StepStatus = "pending" | "inProgress" | "completed";

/**
 * One step of the plan.
 */
export type PlanStep = { 
/**
 * What is to be done.
 */
step: string, 
/**
 * How far it is.
 */
status: StepStatus, };

/**
 * What a test run counted.
 */
export type TestCounts = { 
/**
 * Tests that passed.
 */
passed: number, 
/**
 * Tests that failed.
 */
failed: number, 
/**
 * Tests that were not run.
 */
skipped: number, };

/**
 * What happened to a file.
 */
export type ChangeKind = "added" | "modified" | "deleted";

/**
 * One file of a patch.
 */
export type PatchedFile = { 
/**
 * Relative to the project.
 */
path: string, 
/**
 * What happened to it.
 */
change: ChangeKind, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * The kinds of items.
 */
export type ItemKind = { "type": "message", 
/**
 * What was typed.
 */
text: string, } | { "type": "answer", 
/**
 * Markdown, as blocks: parsed in Rust, so that the window renders a tree and no HTML.
 */
text: string, } | { "type": "reasoning", 
/**
 * The text so far.
 */
text: string, } | { "type": "plan", 
/**
 * The steps in order.
 */
steps: Array<PlanStep>, } | { "type": "command", 
/**
 * What was run.
 */
command: string, 
/**
 * Where, relative to the project; empty for its root.
 */
folder: string, 
/**
 * What it printed: head and tail, sanitised.
 */
output: string, 
/**
 * How it ended.
 */
outcome: CommandOutcome, 
/**
 * The exit code, when it ended by itself.
 */
exitCode: number | null, 
/**
 * Wall time in milliseconds.
 */
durationMs: number, 
/**
 * Files of the draft it changed.
 */
changed: Array<string>, 
/**
 * A test run's counts, when the output was one.
 */
tests: TestCounts | null, } | { "type": "patch", 
/**
 * What changed, per file.
 */
files: Array<PatchedFile>, 
/**
 * Why it was not applied; then nothing changed.
 */
error: string | null, } | { "type": "imageView", 
/**
 * Relative to the project.
 */
path: string, 
/**
 * Why it could not.
 */
error: string | null, } | { "type": "badCall", 
/**
 * The tool's name as the model gave it.
 */
tool: string, 
/**
 * What was wrong.
 */
error: string, } | { "type": "refused", 
/**
 * What it would have done.
 */
action: string, 
/**
 * Why it was refused.
 */
reason: string, } | { "type": "compaction", 
/**
 * One sentence.
 */
text: string, } | { "type": "error", 
/**
 * What the window may match.
 */
code: string, 
/**
 * One sentence that names the thing.
 */
message: string, 
/**
 * The next step.
 */
hint: string, };

/**
 * One entry of a turn.
 */
export type Item = { 
/**
 * Unique within the task; stable from start to completion.
 */
id: string, 
/**
 * The turn it belongs to, counted from 1.
 */
turn: number, 
/**
 * When it began.
 */
startedAt: number, 
/**
 * When it ended; null while it is under way.
 */
completedAt: number | null, 
/**
 * What it is.
 */
kind: ItemKind, };

/**
 * One task with everything said in it.
 */
export type TaskView = { 
/**
 * The task.
 */
task: Task, 
/**
 * All items in order.
 */
items: Array<Item>, 
/**
 * Text typed and not sent.
 */
unsent: string, 
/**
 * How the draft was made, in one sentence.
 */
draft: string, 
/**
 * What of the project is not in the draft, a sentence each.
 */
draftNotes: Array<string>, };

/**
 * Whether the person is told outside of the window when a task needs them, is done or failed.
 */
export type Alerts = { 
/**
 * Whether they are.
 */
on: boolean, };

/**
 * Keeps text that was typed and not sent.
 */
export type UnsentText = { 
/**
 * The task it was typed into; null for a new task.
 */
task: string | null, 
/**
 * The text.
 */
text: string, };

/**
 * How a file can be shown.
 */
export type Content = "text" | "binary" | "tooLarge" | "link";

/**
 * A mark of the person.
 */
export type Mark = "undecided" | "approved" | "rejected";

/**
 * One changed file.
 */
export type ChangedFile = { 
/**
 * Names the file in requests; stays the same while the task lives.
 */
id: string, 
/**
 * Relative to the project, for display.
 */
path: string, 
/**
 * What happened to it.
 */
change: ChangeKind, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, 
/**
 * Names exactly the two versions shown. A decision and an apply carry it, so that nothing
 * else can be approved than what was on screen.
 */
shown: string, 
/**
 * The person's mark on exactly this version.
 */
mark: Mark, 
/**
 * Set when an earlier mark was dropped because the agent changed the file again.
 */
markDropped: boolean, 
/**
 * How the file can be shown.
 */
content: Content, 
/**
 * Why this file needs a closer look (it can run code elsewhere); never part of "approve all".
 */
risk: string | null, 
/**
 * Set when the person's own copy changed too.
 */
conflict: string | null, 
/**
 * A change of mode or type, in words.
 */
attributes: string | null, };

/**
 * What differs between a task's draft and the project.
 */
export type ChangeSet = { 
/**
 * The task.
 */
task: string, 
/**
 * The files, in reading order.
 */
files: Array<ChangedFile>, 
/**
 * How many changed files the project ignores; they are not offered.
 */
ignored: number, 
/**
 * One sentence that is true of the person's folder right now.
 */
folder: string, };

/**
 * Asks for the shape of one file's diff.
 */
export type ReviewOpen = { 
/**
 * The task.
 */
task: string, 
/**
 * The file's id.
 */
file: string, 
/**
 * Lines of unchanged text around each change; null for all lines.
 */
context: number | null, };

/**
 * One change of a file.
 */
export type Hunk = { 
/**
 * First row.
 */
from: number, 
/**
 * Number of rows.
 */
count: number, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * A run of rows that is shown or folded.
 */
export type Segment = { 
/**
 * First row.
 */
from: number, 
/**
 * Number of rows.
 */
count: number, 
/**
 * Whether the rows are folded away.
 */
folded: boolean, };

/**
 * The shape of one file's diff: enough to lay it out, without its text.
 */
export type FileDiff = { 
/**
 * The file's id.
 */
file: string, 
/**
 * The version this describes; asks for rows carry it.
 */
shown: string, 
/**
 * All rows of the aligned file, folded ones included.
 */
rows: number, 
/**
 * The parts on screen and the folded parts between them, in order.
 */
segments: Array<Segment>, 
/**
 * The changes, in order.
 */
hunks: Array<Hunk>, 
/**
 * The longest line in characters, for the width of the columns.
 */
widest: number, 
/**
 * Set when the diff was cut short and is correct but coarse.
 */
imprecise: boolean, 
/**
 * Said above the rows: "Only line endings differ", an encoding, sizes of a binary.
 */
notes: Array<string>, };

/**
 * A file in exactly the version that was on screen.
 */
export type ShownFile = { 
/**
 * The file's id.
 */
file: string, 
/**
 * The `shown` of the version on screen.
 */
shown: string, };

/**
 * Sets the mark of some files.
 */
export type ReviewDecide = { 
/**
 * The task.
 */
task: string, 
/**
 * What is decided about, as it was shown.
 */
files: Array<ShownFile>, 
/**
 * The mark.
 */
mark: Mark, };

/**
 * One file that Apply would write.
 */
export type ApplyFile = { 
/**
 * The file's id.
 */
file: string, 
/**
 * The version on screen.
 */
shown: string, 
/**
 * Relative to the project.
 */
path: string, 
/**
 * What will happen to it.
 */
change: ChangeKind, 
/**
 * Lines added.
 */
added: number, 
/**
 * Lines removed.
 */
removed: number, };

/**
 * What Apply is about to write.
 */
export type ApplyPreview = { 
/**
 * The files that would be written, as shown.
 */
files: Array<ApplyFile>, 
/**
 * Files that stay out: rejected, undecided, risky ones that nobody approved.
 */
leftOut: Array<string>, 
/**
 * Whether nothing was marked, so that all (but risky) files are meant.
 */
all: boolean, 
/**
 * Why it cannot be applied now.
 */
blocked: string | null, };

/**
 * Applies exactly these files in exactly these versions.
 */
export type ApplyCommit = { 
/**
 * The task.
 */
task: string, 
/**
 * From the preview that was confirmed.
 */
files: Array<ShownFile>, };

/**
 * One apply in the history of a project.
 */
export type Apply = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * The task it came from.
 */
task: string, 
/**
 * When.
 */
appliedAt: number, 
/**
 * The files it wrote.
 */
paths: Array<string>, 
/**
 * Whether it is undone at present.
 */
undone: boolean, };

/**
 * A file that changed under an apply or an undo.
 */
export type ConflictFile = { 
/**
 * Relative to the project.
 */
path: string, 
/**
 * Why it is a conflict, in words.
 */
reason: string, 
/**
 * What the folder holds now; null when it is not text or is not there.
 */
yours: string | null, 
/**
 * What would have been written; null when it is not text or would be deleted.
 */
theirs: string | null, };

/**
 * What came of an apply, an undo or a redo.
 */
export type ApplyOutcome = { "type": "done", 
/**
 * The history's entry.
 */
apply: Apply, } | { "type": "conflict", 
/**
 * One sentence.
 */
message: string, 
/**
 * Both versions of each file.
 */
files: Array<ConflictFile>, };

/**
 * Names an apply in the history.
 */
export type ApplyId = { 
/**
 * The apply's id.
 */
apply: string, };

/**
 * Asks for the text of some rows. Answered as raw bytes: the JSON text of a [`RowPage`].
 */
export type ReviewRows = { 
/**
 * The task.
 */
task: string, 
/**
 * The file's id.
 */
file: string, 
/**
 * The version, from [`FileDiff::shown`].
 */
shown: string, 
/**
 * First row.
 */
from: number, 
/**
 * Number of rows, at most 512.
 */
count: number, };

/**
 * One line of text.
 */
export type Line = { 
/**
 * Counted from 1.
 */
number: number, 
/**
 * Without its terminator; cut at 10,000 characters.
 */
text: string, 
/**
 * Syntax: `[start, length, class]` in UTF-16 units, in order, for the CSS roles `code-CLASS`.
 */
syntax: Array<[number, number, string]>, 
/**
 * Changed words: `[start, length]` in UTF-16 units.
 */
words: Array<[number, number]>, 
/**
 * Hidden characters: `[start, length, name]` in UTF-16 units.
 */
hidden: Array<[number, number, string]>, 
/**
 * The terminator where it is not `\n`: "CRLF", "none".
 */
ending: string | null, };

/**
 * How the two sides of a row relate.
 */
export type RowKind = "same" | "changed" | "removed" | "added";

/**
 * One row: a line of the old text, of the new text, or both.
 */
export type Row = { 
/**
 * How the two sides relate.
 */
kind: RowKind, 
/**
 * The left line.
 */
old: Line | null, 
/**
 * The right line; for `same` rows it is null when it equals the left one in everything
 * but its number, which is then `new_number`.
 */
new: Line | null, 
/**
 * The right line's number in a `same` row.
 */
newNumber: number | null, };

/**
 * Some rows of a file.
 */
export type RowPage = { 
/**
 * First row.
 */
from: number, 
/**
 * The rows.
 */
rows: Array<Row>, };

/**
 * What happened.
 */
export type Event = { "type": "projectChanged", 
/**
 * The project as it is now.
 */
project: Project, } | { "type": "projectClosed", } | { "type": "taskChanged", 
/**
 * The task as it is now.
 */
task: Task, } | { "type": "taskRemoved", 
/**
 * The task.
 */
task: string, } | { "type": "showTask", 
/**
 * The task.
 */
task: string, } | { "type": "itemStarted", 
/**
 * The task.
 */
task: string, 
/**
 * The item as it is now.
 */
item: Item, } | { "type": "itemDelta", 
/**
 * The task.
 */
task: string, 
/**
 * The item.
 */
item: string, 
/**
 * Only the new text.
 */
text: string, } | { "type": "itemCompleted", 
/**
 * The task.
 */
task: string, 
/**
 * The item as it is now.
 */
item: Item, } | { "type": "itemWithdrawn", 
/**
 * The task.
 */
task: string, 
/**
 * The item.
 */
item: string, } | { "type": "changesChanged", 
/**
 * The task.
 */
task: string, } | { "type": "waiting", 
/**
 * The task.
 */
task: string, 
/**
 * "Reconnecting, try 2 of 5."
 */
text: string, } | { "type": "messageGivenBack", 
/**
 * The task.
 */
task: string, 
/**
 * The text.
 */
text: string, } | { "type": "dragging", 
/**
 * Whether it is held over the window now.
 */
over: boolean, } | { "type": "notice", 
/**
 * One sentence.
 */
message: string, 
/**
 * The next step; may be empty.
 */
hint: string, };

/**
 * An event and its place in the sequence.
 */
export type SequencedEvent = { 
/**
 * Rises by one from event to event.
 */
seq: number, 
/**
 * What happened.
 */
event: Event, };

/**
 * One answer of the long poll. It crosses as raw bytes: the JSON text of this.
 */
export type EventBatch = { 
/**
 * Pass this with the next poll.
 */
cursor: number, 
/**
 * Set when events were lost: ask for a snapshot, never guess.
 */
resync: boolean, 
/**
 * The events after the last cursor, in order; possibly none.
 */
events: Array<SequencedEvent>, };

/**
 * The classes of failure. A variant exists only where the window acts on it.
 */
export type Code = "refused" | "failed" | "stale" | "noProvider" | "broken";

/**
 * What went wrong: a code for the program, a sentence for the person, the next step.
 */
export type Failure = { 
/**
 * What the window matches on.
 */
code: Code, 
/**
 * One sentence that names the thing and says what is unchanged.
 */
message: string, 
/**
 * The next step; may be empty.
 */
hint: string, };

/** Everything the window may ask. */
export interface Commands {
  /** What the welcome screen and the frame around a project show. */
  "app/state": { request: Nothing; reply: AppState };
  /** Opens a folder. */
  "project/open": { request: ProjectOpen; reply: Project };
  /** Opens a project that was opened before. */
  "project/reopen": { request: ProjectId; reply: Project };
  /** Opens a fresh copy of the sample project, or the one already there. */
  "project/sample": { request: Nothing; reply: Project };
  /** Keeps the person's answer: work in the open folder, or only look at it. */
  "project/trust": { request: ProjectTrust; reply: Project };
  /** Closes the open project; its tasks stop. */
  "project/close": { request: Nothing; reply: Nothing };
  /** Takes a project off the list of recent ones. Its folder is not touched. */
  "project/forget": { request: ProjectId; reply: Nothing };
  /** Everything needed to draw the open project. */
  "project/snapshot": { request: Nothing; reply: Snapshot };
  /** Starts a task in the open project. */
  "task/start": { request: TaskStart; reply: Task };
  /** Sends a message to a task. */
  "task/send": { request: TaskSend; reply: Task };
  /** Stops the running turn at once. */
  "task/stop": { request: TaskId; reply: Task };
  /** Continues a turn that was interrupted, stopped or failed. */
  "task/continue": { request: TaskId; reply: Task };
  /** Takes the last turn back and runs its message again. */
  "task/retry": { request: TaskId; reply: Task };
  /** Takes the last turn back and runs it with another message. */
  "task/resend": { request: TaskSend; reply: Task };
  /** Changes model or permission mode from the next turn on. */
  "task/configure": { request: TaskConfigure; reply: Task };
  /** Gives a task another name. */
  "task/rename": { request: TaskRename; reply: Task };
  /** Puts a task away, or takes it out again. */
  "task/archive": { request: TaskArchive; reply: Task };
  /** Removes a task; it is kept for thirty days. */
  "task/remove": { request: TaskId; reply: Nothing };
  /** The tasks that were removed, the newest removal first. */
  "task/removed": { request: Nothing; reply: RemovedTasks };
  /** Brings a removed task back. */
  "task/restore": { request: TaskId; reply: Task };
  /** Deletes what is kept of a removed task for good. */
  "task/delete": { request: TaskId; reply: Nothing };
  /** One task with everything said in it. */
  "task/get": { request: TaskId; reply: TaskView };
  /** Whether the person is told outside of the window what happens to tasks. */
  "alert/get": { request: Nothing; reply: Alerts };
  /** Keeps whether they are. */
  "alert/set": { request: Alerts; reply: Alerts };
  /** Keeps text that was typed and not sent. */
  "text/keep": { request: UnsentText; reply: Nothing };
  /** The change set of a task. */
  "review/changes": { request: TaskId; reply: ChangeSet };
  /** The shape of one file's diff. */
  "review/open": { request: ReviewOpen; reply: FileDiff };
  /** Marks files. */
  "review/decide": { request: ReviewDecide; reply: ChangeSet };
  /** What Apply would write now. */
  "apply/preview": { request: TaskId; reply: ApplyPreview };
  /** Writes approved files into the project. */
  "apply/commit": { request: ApplyCommit; reply: ApplyOutcome };
  /** Undoes an apply exactly. */
  "apply/undo": { request: ApplyId; reply: ApplyOutcome };
  /** Applies again what was undone. */
  "apply/redo": { request: ApplyId; reply: ApplyOutcome };
  /** The applies of the open project, newest first. */
  "apply/history": { request: Nothing; reply: Array<Apply> };
}

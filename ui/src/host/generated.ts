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
 * How hard a model thinks.
 */
export type Effort = "usual" | "minimal" | "low" | "medium" | "high" | "extraHigh";

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
models: Array<string>, 
/**
 * Whether the default model's cheaper sibling may answer in its place, by the rules.
 */
automatic: boolean, 
/**
 * How hard the default model thinks.
 */
effort: Effort, 
/**
 * The efforts that the default model takes, besides its usual one.
 */
efforts: Array<Effort>, };

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
 * How a turn stands.
 */
export type TurnState = "running" | "done" | "stopped" | "failed" | "interrupted";

/**
 * Where a task stands.
 */
export type TaskState = "queued" | "working" | "needsYou" | "paused" | "answered" | "readyToReview" | "partlyApplied" | "applied" | "stopped" | "archived";

/**
 * What the agent may do without asking.
 */
export type Permission = "readOnly" | "auto" | "full";

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
 * The chosen model.
 */
model: string, 
/**
 * Whether its cheaper sibling may answer in its place, by the rules.
 */
automatic: boolean, 
/**
 * How hard it thinks.
 */
effort: Effort, 
/**
 * The efforts that it takes, besides its usual one.
 */
efforts: Array<Effort>, 
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
contextPercent: number, 
/**
 * Tokens that the conversation takes.
 */
contextUsed: number, 
/**
 * Whether the conversation is being made shorter, apart from a turn.
 */
compacting: boolean, 
/**
 * A cheaper model that is offered.
 */
offer: string | null, 
/**
 * Whether its turn waits for a budget.
 */
overBudget: boolean, 
/**
 * When its provider lets itself be asked again; only where the turn waits for the person to say
 * whether to wait so long.
 */
waitsUntil: number | null, };

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
 * What is attached to it, by id, in the order to send it.
 */
attachments: Array<string>, 
/**
 * Null for the default model; `auto` has the rules choose between it and its cheaper sibling.
 */
model: string | null, 
/**
 * Null for the default effort.
 */
effort: Effort | null, 
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
text: string, 
/**
 * What is attached to it, by id, in the order to send it.
 */
attachments: Array<string>, };

/**
 * Names a task.
 */
export type TaskId = { 
/**
 * The task's id.
 */
task: string, };

/**
 * Runs the last message again with other words. What was attached to it goes with it.
 */
export type TaskResend = { 
/**
 * The task.
 */
task: string, 
/**
 * The message.
 */
text: string, };

/**
 * One item of a task.
 */
export type TaskItem = { 
/**
 * The task.
 */
task: string, 
/**
 * The item's id.
 */
item: string, };

/**
 * What goes on of a conversation after a compaction.
 */
export type KeptText = { 
/**
 * To the letter.
 */
text: string, };

/**
 * Changes how a task goes on from its next turn.
 */
export type TaskConfigure = { 
/**
 * The task.
 */
task: string, 
/**
 * The model from now on; null leaves it, and `auto` has the rules choose between it and its
 * cheaper sibling.
 */
model: string | null, 
/**
 * The effort from now on; null leaves it.
 */
effort: Effort | null, 
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
 * Saves a task's conversation as a file.
 */
export type TaskExport = { 
/**
 * The task.
 */
task: string, 
/**
 * The file to write; one that is there is replaced.
 */
path: string, };

/**
 * A conversation that was saved.
 */
export type Exported = { 
/**
 * The file, as it is shown.
 */
place: string, 
/**
 * One sentence on the secrets that were taken out.
 */
takenOut: string, };

/**
 * A wait that goes on.
 */
export type Wait = { 
/**
 * Why, in words.
 */
text: string, 
/**
 * Milliseconds until the next try; 0 where no try is due by itself.
 */
ms: number, };

/**
 * What a question is about.
 */
export type ApprovalKind = "command" | "install" | "site" | "edit";

/**
 * A piece of an exact text.
 */
export type ExactPiece = { 
/**
 * The text, or the name of what would not be seen.
 */
text: string, 
/**
 * Whether it is such a name.
 */
hidden: boolean, };

/**
 * One thing that is true of what is asked about.
 */
export type ApprovalFact = { 
/**
 * "Can reach"
 */
label: string, 
/**
 * "example.com; you are asked about any other"
 */
text: string, };

/**
 * A question that waits for the person.
 */
export type Approval = { 
/**
 * Names this question, once; an answer carries it back.
 */
nonce: string, 
/**
 * When it was asked.
 */
askedAt: number, 
/**
 * What it is about.
 */
kind: ApprovalKind, 
/**
 * The question.
 */
title: string, 
/**
 * What will happen, in a sentence or two, in the app's words.
 */
text: string, 
/**
 * Why, in the agent's words; may be empty.
 */
reason: string, 
/**
 * The command or the patch, to the letter.
 */
exact: string, 
/**
 * The same as it is to be shown.
 */
shown: Array<ExactPiece>, 
/**
 * Whether the command may be changed before it is allowed once.
 */
editable: boolean, 
/**
 * Where, what it can reach, what it can write, what stays.
 */
facts: Array<ApprovalFact>, 
/**
 * What "For this task" means here; null where it is not offered.
 */
forTask: string | null, 
/**
 * What "Always exactly this" means here; null where it is not offered.
 */
always: string | null, };

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
 * How the rounds of a check and the agent ended.
 */
export type UntilGreenEnding = "green" | "notGreen" | "stopped";

/**
 * What is particular to a picture.
 */
export type AttachedPicture = { 
/**
 * In pixels, as it is sent.
 */
width: number, 
/**
 * In pixels, as it is sent.
 */
height: number, 
/**
 * Names a small picture of it, for `attachment/bytes`.
 */
thumbnail: string, };

/**
 * One attached thing.
 */
export type Attachment = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * What it is called.
 */
name: string, 
/**
 * Names what is sent of it, for `attachment/bytes`: a picture, or text in UTF-8.
 */
content: string, 
/**
 * How much that is, in bytes.
 */
bytes: number, 
/**
 * What it costs, estimated, in tokens.
 */
tokens: number, 
/**
 * What the person should know of it.
 */
note: string | null, 
/**
 * Set for a picture; null for text.
 */
picture: AttachedPicture | null, };

/**
 * A choice between a model and its cheaper sibling.
 */
export type ModelChosen = { 
/**
 * Who answers.
 */
model: string, 
/**
 * Who could answer in its place; null where there is nobody.
 */
other: string | null, 
/**
 * The rule that decided.
 */
rule: string, 
/**
 * Why, as the end of a sentence.
 */
because: string, };

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
 * How a command ended.
 */
export type CommandOutcome = "running" | "exited" | "timedOut" | "stopped" | "notStarted";

/**
 * What a run of a check came to.
 */
export type CheckResult = "running" | "passed" | "failed" | "noTests" | "uncounted" | "missing" | "crashed" | "timedOut" | "tooMuchOutput" | "stopped" | "notStarted";

/**
 * The kinds of items.
 */
export type ItemKind = { "type": "message", 
/**
 * What was typed.
 */
text: string, 
/**
 * What was attached, in order.
 */
attachments: Array<Attachment>, } | { "type": "answer", 
/**
 * Markdown, as blocks: parsed in Rust, so that the window renders a tree and no HTML.
 */
text: string, } | { "type": "automatic" } & ModelChosen | { "type": "reasoning", 
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
reason: string, } | { "type": "earlier", 
/**
 * When.
 */
at: number, } | { "type": "compaction", 
/**
 * One sentence, with the tokens before and after.
 */
text: string, 
/**
 * What was kept and what was left out, in counts; empty while it is under way.
 */
detail: string, } | { "type": "check", 
/**
 * Names the check.
 */
check: string, 
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
 * What it came to.
 */
result: CheckResult, 
/**
 * The same as a sentence.
 */
sentence: string, 
/**
 * Whether the agent can be asked to mend it.
 */
sendable: boolean, 
/**
 * What it counted.
 */
tests: TestCounts | null, 
/**
 * Tests that failed, by name; the first 200.
 */
failing: Array<string>, 
/**
 * Wall time in milliseconds.
 */
durationMs: number, 
/**
 * Files of the draft it changed.
 */
changed: Array<string>, 
/**
 * Names the bytes it ran on; the same as in [`CheckList`] while nothing has changed.
 */
draft: string, 
/**
 * How many changes the draft had by then.
 */
change: number, } | { "type": "untilGreen", 
/**
 * Names the check.
 */
check: string, 
/**
 * What it runs.
 */
command: string, 
/**
 * The round under way or the last one, from 1; 0 before the first.
 */
round: number, 
/**
 * Rounds at most.
 */
limit: number, 
/**
 * How it ended; null while it is under way.
 */
ending: UntilGreenEnding | null, 
/**
 * How it ended, as a sentence; empty while it is under way.
 */
sentence: string, } | { "type": "error", 
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
 * Questions that wait for the person, the oldest first.
 */
approvals: Array<Approval>, 
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
draftNotes: Array<string>, 
/**
 * What it waits for now.
 */
waiting: Wait | null, };

/**
 * A kind of server.
 */
export type ProviderKind = "openAi" | "azure" | "gateway" | "ollama" | "lmStudio" | "llamaCpp" | "vllm" | "custom";

/**
 * A kind of server, as the form of a new provider offers it.
 */
export type ProviderPreset = { 
/**
 * The kind.
 */
kind: ProviderKind, 
/**
 * What it is called.
 */
name: string, 
/**
 * Where such a server usually is; may be empty.
 */
baseUrl: string, 
/**
 * An address of this kind, to be read.
 */
example: string, 
/**
 * What to know about it.
 */
hint: string, 
/**
 * Whether such a server has service tiers.
 */
tiers: boolean, };

/**
 * Where a key is.
 */
export type KeyState = "missing" | "unread" | "saved" | "session" | "given" | "locked" | "refused" | "noKeychain";

/**
 * What the window may know of a key.
 */
export type KeyFacts = { 
/**
 * Where it is.
 */
state: KeyState, 
/**
 * Its last four characters; empty when they are not known or would give too much away.
 */
ending: string, 
/**
 * One sentence about it.
 */
sentence: string, 
/**
 * The next step; may be empty.
 */
hint: string, };

/**
 * A form of requests.
 */
export type Wire = "responses" | "chat";

/**
 * The form of requests that a person chose.
 */
export type WireChoice = "auto" | "responses" | "chat";

/**
 * How soon a server deals with a request, and for which price.
 */
export type ServiceTier = "auto" | "default" | "flex" | "priority";

/**
 * What few people need to say of a provider.
 */
export type ProviderAdvanced = { 
/**
 * A file with certificates that are trusted for it besides those of this computer; empty for none.
 */
caFile: string, 
/**
 * The proxy on the way to it, or `none`; empty for what this computer says. Without its password,
 * which stays as it is when the address is given back as it came.
 */
proxy: string, 
/**
 * The service tier that is asked for; null for none.
 */
serviceTier: ServiceTier | null, };

/**
 * One provider.
 */
export type ProviderEntry = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * Shown to the person.
 */
name: string, 
/**
 * Where requests go.
 */
baseUrl: string, 
/**
 * What is wrong with that address.
 */
problem: string | null, 
/**
 * What kind of server it is.
 */
kind: ProviderKind, 
/**
 * The form of requests that the person chose.
 */
wire: WireChoice, 
/**
 * The form in which the server has answered since Greenlight was started.
 */
spoken: Wire | null, 
/**
 * Whether its key would cross a network unencrypted.
 */
inClear: boolean, 
/**
 * Whether name and address can be changed.
 */
editable: boolean, 
/**
 * What few people need to say of it.
 */
advanced: ProviderAdvanced, 
/**
 * Whether it has service tiers.
 */
tiers: boolean, 
/**
 * Its key.
 */
key: KeyFacts, };

/**
 * What Settings shows of providers.
 */
export type Settings = { 
/**
 * Whether the same question may be answered from an earlier answer.
 */
answerCache: boolean, 
/**
 * Where the settings are kept, with the home folder shortened to `~`.
 */
file: string, 
/**
 * What the file says that is not used, each with what is used instead.
 */
problems: Array<string>, 
/**
 * The provider that is asked.
 */
chosen: string, 
/**
 * All of them.
 */
providers: Array<ProviderEntry>, 
/**
 * What the form of a new provider can begin with.
 */
presets: Array<ProviderPreset>, };

/**
 * Whether the same question may be answered from an earlier answer.
 */
export type AnswerCache = { 
/**
 * Whether it may.
 */
on: boolean, };

/**
 * Adds a provider or changes one.
 */
export type ProviderPut = { 
/**
 * The one to change; null adds one.
 */
provider: string | null, 
/**
 * Its name.
 */
name: string, 
/**
 * Where requests go.
 */
baseUrl: string, 
/**
 * What kind of server it is; null leaves that as it is.
 */
kind: ProviderKind | null, 
/**
 * The form of requests; null leaves that as it is.
 */
wire: WireChoice | null, 
/**
 * The rest; null leaves that as it is.
 */
advanced: ProviderAdvanced | null, };

/**
 * Names a provider.
 */
export type ProviderId = { 
/**
 * The provider's id.
 */
provider: string, };

/**
 * A server of models on this computer.
 */
export type NearbyServer = { 
/**
 * What usually is at its port.
 */
kind: ProviderKind, 
/**
 * What that is called.
 */
name: string, 
/**
 * Where it is.
 */
baseUrl: string, 
/**
 * Its models, by name.
 */
models: Array<string>, 
/**
 * Whether it wants a key.
 */
wantsKey: boolean, };

/**
 * What came of trying a provider.
 */
export type ConnectionReport = { 
/**
 * Whether a task could work with it.
 */
works: boolean, 
/**
 * The form in which the server answered.
 */
wire: Wire | null, 
/**
 * What the window matches on: `works`, or the code of what went wrong.
 */
code: string, 
/**
 * One sentence.
 */
message: string, 
/**
 * The next step; may be empty.
 */
hint: string, 
/**
 * How fast it was, in a few sentences; empty when nothing came.
 */
speed: string, 
/**
 * Where the time went, when it was slow.
 */
slow: string | null, 
/**
 * What to know of its service tiers.
 */
tier: string | null, };

/**
 * Saves a key.
 */
export type KeySet = { 
/**
 * The provider it is for, at its present address.
 */
provider: string, 
/**
 * The key.
 */
key: string, };

/**
 * The models of the provider that is asked.
 */
export type ModelList = { 
/**
 * Names, the default first. Others may be typed.
 */
models: Array<string>, 
/**
 * Why the server's own list is not among them, in one sentence.
 */
note: string | null, };

/**
 * Prices in US dollars for a million tokens.
 */
export type ModelPrice = { 
/**
 * Tokens read.
 */
input: number, 
/**
 * Tokens read from the cache.
 */
cached: number, 
/**
 * Tokens written.
 */
output: number, };

/**
 * How a model hands over patches.
 */
export type PatchWay = "custom" | "function" | "shell";

/**
 * What a model can do, as far as a person can correct it.
 */
export type ModelTraits = { 
/**
 * Tokens that fit into one request and its answer.
 */
window: number, 
/**
 * The efforts it takes; none when it does not reason.
 */
efforts: Array<Effort>, 
/**
 * How it hands over patches.
 */
patch: PatchWay, 
/**
 * Whether it reads pictures.
 */
pictures: boolean, 
/**
 * What its tokens cost; null where nobody knows.
 */
price: ModelPrice | null, };

/**
 * What is known of one model.
 */
export type ModelEntry = { 
/**
 * Its name.
 */
model: string, 
/**
 * What it can do.
 */
traits: ModelTraits, 
/**
 * The model that does small things for less, when there is one.
 */
cheaper: string | null, 
/**
 * Whether anything is known about its name.
 */
known: boolean, 
/**
 * Whether the settings file says something of it.
 */
own: boolean, };

/**
 * What the person says of a model. What equals what is known is not written down.
 */
export type ModelPut = { 
/**
 * Its name.
 */
model: string, 
/**
 * What it can do.
 */
traits: ModelTraits, };

/**
 * A model by name.
 */
export type ModelName = { 
/**
 * Its name.
 */
model: string, };

/**
 * The model of new tasks.
 */
export type ModelPrefer = { 
/**
 * Its name; `auto` leaves it and has the rules choose between it and its cheaper sibling.
 */
model: string, 
/**
 * How hard it thinks.
 */
effort: Effort, };

/**
 * What a rule of the automatic choice says.
 */
export type ModelThen = "small" | "full" | "stay";

/**
 * A rule of the automatic choice.
 */
export type ModelRule = { 
/**
 * Names it.
 */
rule: string, 
/**
 * The rule in a sentence.
 */
words: string, 
/**
 * What it says.
 */
then: ModelThen, };

/**
 * Asks whom the rules would choose for a message.
 */
export type ModelFor = { 
/**
 * The task; null for a new one.
 */
task: string | null, 
/**
 * What is typed. What is attached is known.
 */
text: string, };

/**
 * One folder of the search path.
 */
export type PathEntry = { 
/**
 * The folder, with the home folder shortened to `~`.
 */
folder: string, 
/**
 * Whether commands find programs in it.
 */
seen: boolean, };

/**
 * One variable.
 */
export type Variable = { 
/**
 * Its name.
 */
name: string, 
/**
 * Its value.
 */
value: string, };

/**
 * Where the environment comes from.
 */
export type EnvironmentSource = "shell" | "reading" | "app";

/**
 * The environment that commands are given parts of. Values are shown only of folders.
 */
export type Environment = { 
/**
 * Where it comes from.
 */
source: EnvironmentSource, 
/**
 * One sentence about that.
 */
sentence: string, 
/**
 * The next step; may be empty.
 */
hint: string, 
/**
 * The search path of the person's shell, in its order.
 */
path: Array<PathEntry>, 
/**
 * What commands are given, with values.
 */
given: Array<Variable>, 
/**
 * The names of what they are not given.
 */
keptBack: Array<string>, };

/**
 * Whose usage is asked for.
 */
export type UsageOf = { 
/**
 * The task on screen, if one is.
 */
task: string | null, };

/**
 * What a rate limit counts.
 */
export type RateLimitKind = "requests" | "tokens" | "primary" | "secondary";

/**
 * A rate limit of the provider.
 */
export type RateLimit = { 
/**
 * What it counts.
 */
counts: RateLimitKind, 
/**
 * How many there are in all.
 */
limit: number | null, 
/**
 * How many are left.
 */
remaining: number | null, 
/**
 * How much is used, 0 to 100.
 */
usedPercent: number | null, 
/**
 * When it is whole again.
 */
resetsAt: number | null, };

/**
 * Answers added up.
 */
export type Spending = { 
/**
 * How many answers there are.
 */
answers: number, 
/**
 * Tokens read, with what was cached.
 */
input: number, 
/**
 * Of them, read from the provider's cache.
 */
cached: number, 
/**
 * Tokens written, with the reasoning.
 */
output: number, 
/**
 * Of them, spent on reasoning.
 */
reasoning: number, 
/**
 * US dollars by list prices; null where no price is known for any of it.
 */
dollars: number | null, 
/**
 * Tokens that no price is known for.
 */
unpriced: number, 
/**
 * Whether some of the tokens are estimated.
 */
about: boolean, };

/**
 * One budget and what was used of it.
 */
export type BudgetStanding = { 
/**
 * Whether it is one of the day; else of the task.
 */
daily: boolean, 
/**
 * What was used and how much there is: "81,000 of 90,000 tokens".
 */
words: string, 
/**
 * How much is used, 0 to 100.
 */
percent: number, };

/**
 * The room of a conversation.
 */
export type ContextUse = { 
/**
 * Tokens it takes.
 */
used: number, 
/**
 * Tokens it can take.
 */
window: number, };

/**
 * What the context meter tells.
 */
export type UsageNow = { 
/**
 * Tokens that the conversation takes and can take; null before the first answer.
 */
context: ContextUse | null, 
/**
 * What the newest turn has spent; null without a task.
 */
turn: Spending | null, 
/**
 * What the task has spent; null without one.
 */
task: Spending | null, 
/**
 * What all tasks have spent today.
 */
today: Spending, 
/**
 * The budgets that there are.
 */
budgets: Array<BudgetStanding>, 
/**
 * What the provider last said of its rate limits.
 */
limits: Array<RateLimit>, 
/**
 * What to know of the service tiers of the chosen provider, if anything.
 */
tier: string | null, };

/**
 * What a task has spent.
 */
export type TaskUsage = { 
/**
 * The task.
 */
task: string, 
/**
 * What it is called; null when it was deleted.
 */
title: string | null, 
/**
 * What was spent.
 */
spent: Spending, };

/**
 * What was spent with a model.
 */
export type ModelUsage = { 
/**
 * The model.
 */
model: string, 
/**
 * Who runs it.
 */
provider: string, 
/**
 * What was spent.
 */
spent: Spending, };

/**
 * What was spent on a day.
 */
export type DayUsage = { 
/**
 * The day of the person's calendar, as YYYY-MM-DD.
 */
date: string, 
/**
 * What was spent.
 */
spent: Spending, };

/**
 * The last thirty days.
 */
export type UsageReport = { 
/**
 * Each day, the newest first.
 */
days: Array<DayUsage>, 
/**
 * Each task, the newest first.
 */
tasks: Array<TaskUsage>, 
/**
 * Each model, the most first.
 */
models: Array<ModelUsage>, };

/**
 * The budgets. What is null is without one.
 */
export type Budget = { 
/**
 * Tokens of a day.
 */
dayTokens: number | null, 
/**
 * US dollars of a day.
 */
dayDollars: number | null, 
/**
 * Tokens of a task.
 */
taskTokens: number | null, 
/**
 * US dollars of a task.
 */
taskDollars: number | null, 
/**
 * Whether a cheaper model is offered when a budget goes to its end.
 */
offerCheaper: boolean, };

/**
 * An answer to the offer of a cheaper model.
 */
export type OfferAnswer = "switch" | "keep" | "never";

/**
 * Answers the offer of a cheaper model.
 */
export type OfferReply = { 
/**
 * The task.
 */
task: string, 
/**
 * The answer.
 */
answer: OfferAnswer, };

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
 * For how long something is allowed.
 */
export type ApprovalScope = "once" | "task" | "always";

/**
 * A person's answer.
 */
export type ApprovalDecision = { "type": "allow", 
/**
 * For how long.
 */
scope: ApprovalScope, 
/**
 * The command in the person's own words; null leaves it as it is.
 */
command: string | null, } | { "type": "deny", 
/**
 * What the agent is told beside that; may be empty.
 */
note: string, };

/**
 * Answers a question.
 */
export type ApprovalAnswer = { 
/**
 * The task.
 */
task: string, 
/**
 * The question.
 */
nonce: string, 
/**
 * The answer.
 */
decision: ApprovalDecision, };

/**
 * Something that is always allowed in the open project.
 */
export type AlwaysAllowed = { 
/**
 * Names it.
 */
id: string, 
/**
 * The exact command, as it is to be shown.
 */
command: Array<ExactPiece>, 
/**
 * The folder it runs in, relative to the project; empty for its root.
 */
folder: string, 
/**
 * What it may write and reach.
 */
may: string, 
/**
 * Since when.
 */
madeAt: number, };

/**
 * Everything that is always allowed in the open project.
 */
export type AlwaysAllowedSet = { 
/**
 * Newest first.
 */
entries: Array<AlwaysAllowed>, };

/**
 * Names something that is always allowed.
 */
export type AlwaysAllowedId = { 
/**
 * Its id.
 */
id: string, };

/**
 * One folder that is asked about.
 */
export type FolderAsked = { 
/**
 * The folder; none for the project itself.
 */
folder: string | null, 
/**
 * How many names at most.
 */
most: number, };

/**
 * Asks what folders hold.
 */
export type FilesList = { 
/**
 * The task whose draft is looked at too; none for the project alone.
 */
task: string | null, 
/**
 * The folders, each answered in its place.
 */
folders: Array<FolderAsked>, };

/**
 * What a name stands for.
 */
export type EntryKind = "folder" | "file" | "link" | "special";

/**
 * One name in a folder.
 */
export type FileEntry = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * As shown.
 */
name: string, 
/**
 * What it is.
 */
kind: EntryKind, 
/**
 * What the task did to it.
 */
change: ChangeKind | null, 
/**
 * How many changed files lie below a folder.
 */
below: number, 
/**
 * Whether the project ignores it.
 */
ignored: boolean, 
/**
 * Whether the person's folder has it.
 */
inProject: boolean, 
/**
 * Whether the task's draft has it.
 */
inDraft: boolean, };

/**
 * What a folder holds.
 */
export type Folder = { 
/**
 * The first names: folders, then files.
 */
entries: Array<FileEntry>, 
/**
 * How many there are in all.
 */
all: number, };

/**
 * Looks for files by a few letters.
 */
export type FilesFind = { 
/**
 * The task whose draft is looked at too.
 */
task: string | null, 
/**
 * What was typed; nothing for the files opened lately.
 */
text: string, };

/**
 * One file that fits.
 */
export type FoundFile = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * Relative to the project, for display.
 */
path: string, 
/**
 * Which letters of the path fit, as UTF-16 offsets.
 */
letters: Array<number>, 
/**
 * What the task did to it.
 */
change: ChangeKind | null, };

/**
 * Files that fit what was typed.
 */
export type FilesFound = { 
/**
 * The best first.
 */
files: Array<FoundFile>, 
/**
 * How many files were looked through.
 */
all: number, };

/**
 * Which of the two trees.
 */
export type Side = "project" | "draft";

/**
 * Names a file of a tree.
 */
export type FileOpen = { 
/**
 * The task whose draft is meant.
 */
task: string | null, 
/**
 * The file.
 */
file: string, 
/**
 * From which tree.
 */
side: Side, };

/**
 * Text typed and not saved.
 */
export type Unsaved = { 
/**
 * The version that the typing began from.
 */
version: string, 
/**
 * All of it.
 */
text: string, };

/**
 * A file as the editor shows it.
 */
export type FileView = { 
/**
 * Names the file in requests.
 */
file: string, 
/**
 * Relative to the project, for display.
 */
path: string, 
/**
 * From which tree it is.
 */
side: Side, 
/**
 * Names exactly these bytes.
 */
version: string, 
/**
 * Its text, every line ending in a line feed; none when it cannot be shown.
 */
text: string | null, 
/**
 * Why there is no text, in one sentence.
 */
instead: string | null, 
/**
 * What saving keeps, for the status line: the encoding and the line endings.
 */
kept: string, 
/**
 * Text typed into the draft's file and not saved, with the version it began from.
 */
unsaved: Unsaved | null, };

/**
 * Keeps text typed into a draft's file and not saved.
 */
export type FileKeep = { 
/**
 * The task.
 */
task: string, 
/**
 * The file.
 */
file: string, 
/**
 * The version that the typing began from.
 */
version: string, 
/**
 * All of it; none gives it up.
 */
text: string | null, };

/**
 * A file with text that was not saved.
 */
export type UnsavedFile = { 
/**
 * Names it in requests.
 */
file: string, 
/**
 * Relative to the project, for display.
 */
path: string, };

/**
 * Saves text into a draft's file.
 */
export type FileSave = { 
/**
 * The task.
 */
task: string, 
/**
 * The file.
 */
file: string, 
/**
 * The version that the typing began from.
 */
version: string, 
/**
 * All of it.
 */
text: string, };

/**
 * How saving ended.
 */
export type FileSaved = { "type": "saved", 
/**
 * Names the bytes that it became.
 */
version: string, } | { "type": "moved", };

/**
 * Names a file or folder.
 */
export type FileNamed = { 
/**
 * The task whose tree it was seen in.
 */
task: string | null, 
/**
 * The file or folder.
 */
file: string, };

/**
 * A file that was opened outside, and what to know about it.
 */
export type OpenedOutside = { 
/**
 * One sentence that says which version it is.
 */
sentence: string, };

/**
 * Names the message that is being written.
 */
export type Writing = { 
/**
 * The task it is for; null for a new task.
 */
task: string | null, 
/**
 * The model chosen for a new task; null for the default. A task has its own.
 */
model: string | null, };

/**
 * What fits of something too large.
 */
export type AttachmentProposal = { 
/**
 * Names it in requests, once.
 */
id: string, 
/**
 * How large the thing is, the room there is, and what fits.
 */
sentence: string, 
/**
 * What taking it does, for a button.
 */
takes: string, };

/**
 * What is attached to the message that is being written.
 */
export type Attachments = { 
/**
 * In order.
 */
attachments: Array<Attachment>, 
/**
 * Why they cannot be sent as they are, and what to do.
 */
problem: string | null, 
/**
 * A sentence for each thing that was not attached now.
 */
refused: Array<string>, 
/**
 * What fits of each thing that is too large.
 */
proposals: Array<AttachmentProposal>, };

/**
 * Attaches what was offered.
 */
export type AttachmentAccept = { 
/**
 * To which message.
 */
to: Writing, 
/**
 * The offer, as an event or the shell named it.
 */
offer: string, };

/**
 * Attaches what was proposed.
 */
export type AttachmentTake = { 
/**
 * To which message.
 */
to: Writing, 
/**
 * The proposal.
 */
proposal: string, };

/**
 * Words that are too long for a message.
 */
export type TextFit = { 
/**
 * Of which message.
 */
of: Writing, 
/**
 * The words.
 */
text: string, };

/**
 * What fits of them.
 */
export type TextFitted = { 
/**
 * Null when they fit as they are, or nothing of them does.
 */
text: string | null, };

/**
 * Attaches files by path. Only the shell may ask this: a path never comes from script.
 */
export type AttachmentAdd = { 
/**
 * To which message.
 */
to: Writing, 
/**
 * The files, as the operating system named them.
 */
paths: Array<string>, };

/**
 * Takes one off.
 */
export type AttachmentRemove = { 
/**
 * Off which message.
 */
from: Writing, 
/**
 * Which one.
 */
attachment: string, };

/**
 * How a file can be shown.
 */
export type Content = "text" | "binary" | "tooLarge" | "link";

/**
 * Who made a change.
 */
export type Author = "agent" | "you" | "both";

/**
 * What the marks of a file's parts come to.
 */
export type FileMark = "undecided" | "approved" | "rejected" | "mixed";

/**
 * A mark of the person.
 */
export type Mark = "undecided" | "approved" | "rejected";

/**
 * The left or the right column.
 */
export type Column = "old" | "new";

/**
 * The mark of one line.
 */
export type LineMark = { 
/**
 * Its row.
 */
row: number, 
/**
 * Its side.
 */
side: Column, 
/**
 * Its mark; never undecided.
 */
mark: Mark, };

/**
 * What is decided inside a file.
 */
export type Parts = { 
/**
 * Of each change, in order.
 */
hunks: Array<FileMark>, 
/**
 * Of the decided lines of changes that are mixed, in order.
 */
lines: Array<LineMark>, };

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
 * What the marks on exactly this version come to.
 */
mark: FileMark, 
/**
 * Set when something that was decided is open again, because the agent changed it since.
 */
markDropped: boolean, 
/**
 * What can be decided about on its own; at least 1, for a file as a whole.
 */
changes: number, 
/**
 * How many of its changes are decided.
 */
decided: number, 
/**
 * How many of its changes are approved, at least in part.
 */
approved: number, 
/**
 * What is decided about its changes, when they are decided differently.
 */
parts: Parts | null, 
/**
 * Whether its changes and lines can be decided one by one.
 */
divisible: boolean, 
/**
 * Names exactly what an apply of all of it makes of it; null when it is decided in parts, of
 * which the preview says what they come to.
 */
result: string | null, 
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
attributes: string | null, 
/**
 * Lines of its diff with three unchanged lines around each change; what is folded counts as one.
 */
lines: number, 
/**
 * Set when the diff was cut short and is correct but coarse.
 */
imprecise: boolean, 
/**
 * Said above the rows: "Only line endings differ", an encoding, sizes of a binary.
 */
notes: Array<string>, 
/**
 * Who made the change.
 */
author: Author, };

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
folder: string, 
/**
 * Whether the newest decision can be taken back.
 */
canTakeBack: boolean, };

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
 * The columns of a code font that the longest line may take, for sliding sideways.
 */
widest: number, };

/**
 * A part of a file's diff.
 */
export type Part = { "type": "hunk", 
/**
 * Its number in [`FileDiff::hunks`].
 */
hunk: number, } | { "type": "rows", 
/**
 * First row.
 */
from: number, 
/**
 * Number of rows.
 */
count: number, 
/**
 * On this side only; on both when it is null.
 */
side: Column | null, };

/**
 * A file, or parts of it, in exactly the version that was on screen.
 */
export type Subject = { 
/**
 * The file's id.
 */
file: string, 
/**
 * The `shown` of the version on screen.
 */
shown: string, 
/**
 * The parts of it; empty for the whole file.
 */
parts: Array<Part>, };

/**
 * Sets the mark of some files, or of parts of them.
 */
export type ReviewDecide = { 
/**
 * The task.
 */
task: string, 
/**
 * What is decided about, as it was shown.
 */
files: Array<Subject>, 
/**
 * The mark.
 */
mark: Mark, 
/**
 * Whether it is for what is not decided yet only.
 */
rest: boolean, };

/**
 * Whose checks.
 */
export type CheckFor = { 
/**
 * The task in whose draft they are looked for; null for the project.
 */
task: string | null, };

/**
 * What a check is for.
 */
export type CheckPurpose = "test" | "lint" | "build" | "other";

/**
 * A runnable thing the project has.
 */
export type Check = { 
/**
 * Names it in requests.
 */
id: string, 
/**
 * What is run.
 */
command: string, 
/**
 * Where, relative to the project; empty for its root.
 */
folder: string, 
/**
 * What it is for.
 */
purpose: CheckPurpose, 
/**
 * Whether the person typed it.
 */
own: boolean, 
/**
 * Where it comes from, in words.
 */
from: string, };

/**
 * The checks there are.
 */
export type CheckList = { 
/**
 * The person's own first, then tests, then the rest.
 */
checks: Array<Check>, 
/**
 * Names the bytes of the draft now; a run that names others ran on others. Null without a
 * draft.
 */
draft: string | null, 
/**
 * Rounds of until green when none are given.
 */
rounds: number, 
/**
 * When until green ends, in words.
 */
rule: string, };

/**
 * Runs a check.
 */
export type CheckRunRequest = { 
/**
 * The task.
 */
task: string, 
/**
 * The check.
 */
check: string, 
/**
 * Seconds it may take; null for ten minutes.
 */
seconds: number | null, };

/**
 * Keeps a check that the person typed.
 */
export type CheckSave = { 
/**
 * The task whose list is answered; null for the project's.
 */
task: string | null, 
/**
 * The one to be replaced; null for a new one.
 */
check: string | null, 
/**
 * What is run.
 */
command: string, 
/**
 * Whether it runs tests.
 */
tests: boolean, };

/**
 * Removes a check that the person typed.
 */
export type CheckRemove = { 
/**
 * The task whose list is answered; null for the project's.
 */
task: string | null, 
/**
 * The check.
 */
check: string, };

/**
 * Names a check of a task.
 */
export type CheckNamed = { 
/**
 * The task.
 */
task: string, 
/**
 * The check.
 */
check: string, };

/**
 * Repeats a check and the agent.
 */
export type CheckUntilGreen = { 
/**
 * The task.
 */
task: string, 
/**
 * The check.
 */
check: string, 
/**
 * Rounds at most, up to 20; null for the standard.
 */
rounds: number | null, };

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
 * Names exactly what it will be.
 */
result: string, 
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
removed: number, 
/**
 * Of its changes, how many are written at least in part.
 */
approved: number, 
/**
 * How many changes it has.
 */
changes: number, };

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
 * A file in exactly the version that was on screen, and what an apply makes of it.
 */
export type ConfirmedFile = { 
/**
 * The file's id.
 */
file: string, 
/**
 * The `shown` of the version on screen.
 */
shown: string, 
/**
 * The `result` of the preview.
 */
result: string, };

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
files: Array<ConfirmedFile>, };

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
count: number, 
/**
 * The text alone, without waiting for its colours.
 */
plain: boolean, };

/**
 * How the two sides of a row relate.
 */
export type RowKind = "same" | "changed" | "removed" | "added";

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
rows: Array<Row>, 
/**
 * False when time ran out before all lines had their colours: asking again gets further.
 */
coloured: boolean, };

/**
 * Asks for the bytes of something attached. They cross raw.
 */
export type AttachmentBytes = { 
/**
 * As [`Attachment::content`] or [`AttachedPicture::thumbnail`] names them.
 */
content: string, };

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
task: string, } | { "type": "approvalsChanged", 
/**
 * The task.
 */
task: string, 
/**
 * All that wait now, the oldest first.
 */
approvals: Array<Approval>, } | { "type": "filesChanged", 
/**
 * The folders to list again, null for the project itself; null when any may differ.
 */
folders: Array<string | null> | null, 
/**
 * The files that may differ; null when any may.
 */
files: Array<string> | null, } | { "type": "waiting", 
/**
 * The task.
 */
task: string, 
/**
 * "Reconnecting, try 2 of 5."
 */
text: string, 
/**
 * Milliseconds until the next try; 0 where no try is due by itself.
 */
ms: number, } | { "type": "filesOffered", 
/**
 * Passed to `attachment/accept`.
 */
offer: string, } | { "type": "messageGivenBack", 
/**
 * The task.
 */
task: string, 
/**
 * The text.
 */
text: string, } | { "type": "settingsChanged", } | { "type": "dragging", 
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
export type Code = "refused" | "failed" | "stale" | "noProvider" | "tooLong" | "caFile" | "proxy" | "broken";

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
  /** Ends the wait before the next try of a request. */
  "task/tryNow": { request: TaskId; reply: Task };
  /** Goes on with a turn that its provider asked to wait, when that time is over. */
  "task/wait": { request: TaskId; reply: Task };
  /** Continues a turn that was interrupted, stopped or failed. */
  "task/continue": { request: TaskId; reply: Task };
  /** Takes the last turn back and runs its message again. */
  "task/retry": { request: TaskId; reply: Task };
  /** Takes the last turn back and runs it with another message. */
  "task/resend": { request: TaskResend; reply: Task };
  /** Makes the conversation of a task shorter. */
  "task/compact": { request: TaskId; reply: Task };
  /** What goes on of a conversation after a compaction, to the letter. */
  "task/kept": { request: TaskItem; reply: KeptText };
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
  /** Saves a task's conversation as a file, without secrets. */
  "task/export": { request: TaskExport; reply: Exported };
  /** One task with everything said in it. */
  "task/get": { request: TaskId; reply: TaskView };
  /** Providers, keys and models, as far as is known without asking the keychain. */
  "settings/get": { request: Nothing; reply: Settings };
  /** Keeps whether the same question may be answered from an earlier answer. */
  "settings/answerCache": { request: AnswerCache; reply: Settings };
  /** The same after a look into the keychain, which may ask the person to unlock it. */
  "settings/look": { request: Nothing; reply: Settings };
  /** Adds a provider or changes one. */
  "provider/put": { request: ProviderPut; reply: Settings };
  /** Takes a provider and its key away. */
  "provider/remove": { request: ProviderId; reply: Settings };
  /** Asks this provider from the next turn on. */
  "provider/choose": { request: ProviderId; reply: Settings };
  /** Looks for servers of models at the usual ports of this computer. */
  "provider/nearby": { request: Nothing; reply: Array<NearbyServer> };
  /** Tries a provider with the smallest real request. */
  "provider/check": { request: ProviderId; reply: ConnectionReport };
  /** Saves a key. No verb gives one back. */
  "credential/set": { request: KeySet; reply: Settings };
  /** Takes a key away. */
  "credential/remove": { request: ProviderId; reply: Settings };
  /** The models to choose from, with those that the server says it has. */
  "model/list": { request: Nothing; reply: ModelList };
  /** What is known of the models of the chosen provider. */
  "model/known": { request: Nothing; reply: Array<ModelEntry> };
  /** Keeps what the person says of a model. */
  "model/put": { request: ModelPut; reply: Settings };
  /** Puts a model on the list, with what is known of its name so far. */
  "model/describe": { request: ModelName; reply: Settings };
  /** Forgets what the person said of a model. */
  "model/forget": { request: ModelName; reply: Settings };
  /** Sets the model of new tasks. */
  "model/prefer": { request: ModelPrefer; reply: Settings };
  /** The rules by which Automatic chooses, in their order. */
  "model/rules": { request: Nothing; reply: Array<ModelRule> };
  /** Whom the rules would choose for what is typed. */
  "model/would": { request: ModelFor; reply: ModelChosen };
  /** The environment that commands are given parts of. */
  "environment/get": { request: Nothing; reply: Environment };
  /** Asks the login shell for it again. */
  "environment/read": { request: Nothing; reply: Environment };
  /** What was spent by the task on screen and today, and what is left. */
  "usage/get": { request: UsageOf; reply: UsageNow };
  /** What was spent in the last thirty days. */
  "usage/report": { request: Nothing; reply: UsageReport };
  /** The budgets. */
  "budget/get": { request: Nothing; reply: Budget };
  /** Sets all budgets. */
  "budget/set": { request: Budget; reply: Budget };
  /** Answers the offer of a cheaper model. */
  "budget/answer": { request: OfferReply; reply: Task };
  /** Lets a task that waits for a budget go on with its turn. */
  "budget/pass": { request: TaskId; reply: Task };
  /** Whether the person is told outside of the window what happens to tasks. */
  "alert/get": { request: Nothing; reply: Alerts };
  /** Keeps whether they are. */
  "alert/set": { request: Alerts; reply: Alerts };
  /** Keeps text that was typed and not sent. */
  "text/keep": { request: UnsentText; reply: Nothing };
  /** Answers a question of the agent. */
  "approval/answer": { request: ApprovalAnswer; reply: Task };
  /** What is always allowed in the open project. */
  "approval/always": { request: Nothing; reply: AlwaysAllowedSet };
  /** Allows something no longer; answers with what is left. */
  "approval/forget": { request: AlwaysAllowedId; reply: AlwaysAllowedSet };
  /** What folders of the project and a task's draft hold. */
  "files/list": { request: FilesList; reply: Array<Folder> };
  /** Files whose path has the letters that were typed. */
  "files/find": { request: FilesFind; reply: FilesFound };
  /** One file's text, from the project or a draft. */
  "file/open": { request: FileOpen; reply: FileView };
  /** Keeps text typed into a draft's file and not saved. */
  "file/keep": { request: FileKeep; reply: Nothing };
  /** The files of a task with text that was not saved. */
  "file/unsaved": { request: TaskId; reply: Array<UnsavedFile> };
  /** Saves text into a draft's file, as the person's own change. */
  "file/save": { request: FileSave; reply: FileSaved };
  /** A task for the person's own edits when none is on screen. */
  "file/edit": { request: Nothing; reply: Task };
  /** Shows a file of the project in the desktop's file manager. */
  "file/reveal": { request: FileNamed; reply: Nothing };
  /** Opens a file of the project in the person's own program. */
  "file/outside": { request: FileNamed; reply: OpenedOutside };
  /** What is attached to the message that is being written. */
  "attachment/list": { request: Writing; reply: Attachments };
  /** Attaches what was dropped, chosen or pasted. */
  "attachment/accept": { request: AttachmentAccept; reply: Attachments };
  /** Attaches what was proposed in place of something too large. */
  "attachment/take": { request: AttachmentTake; reply: Attachments };
  /** What fits of words that are too long for a message. */
  "text/fit": { request: TextFit; reply: TextFitted };
  /** Attaches files by path. */
  "attachment/add": { request: AttachmentAdd; reply: Attachments };
  /** Takes something off the message. */
  "attachment/remove": { request: AttachmentRemove; reply: Attachments };
  /** The change set of a task. */
  "review/changes": { request: TaskId; reply: ChangeSet };
  /** The shape of one file's diff. */
  "review/open": { request: ReviewOpen; reply: FileDiff };
  /** Marks files. */
  "review/decide": { request: ReviewDecide; reply: ChangeSet };
  /** Takes the newest decision back. */
  "review/takeBack": { request: TaskId; reply: ChangeSet };
  /** The checks there are, for a task or for the project. */
  "check/list": { request: CheckFor; reply: CheckList };
  /** Runs a check in a task's draft. */
  "check/run": { request: CheckRunRequest; reply: Nothing };
  /** Stops the check or the rounds under way. */
  "check/stop": { request: TaskId; reply: Nothing };
  /** Keeps a check that the person typed. */
  "check/save": { request: CheckSave; reply: CheckList };
  /** Removes a check that the person typed. */
  "check/remove": { request: CheckRemove; reply: CheckList };
  /** Sends the failures of a check's newest run to the agent. */
  "check/send": { request: CheckNamed; reply: Task };
  /** Repeats a check and the agent until the check passes. */
  "check/untilGreen": { request: CheckUntilGreen; reply: Task };
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

/** The open project: its tasks, which one is on screen, and the text typed for a new one. */
import type { Effort, Event, Permission, Project, Snapshot, Task } from "../host/generated";
import { SvelteMap } from "svelte/reactivity";
import { toFailure, type Host } from "../host/host";
import type { App } from "./app.svelte";
import { AlwaysAllowedList } from "./approvals.svelte";
import { AUTO, Automatic } from "./automatic.svelte";
import { Checks } from "./checks.svelte";
import { Composer } from "./composer.svelte";
import { Conversation } from "./conversation.svelte";
import { Files } from "./files.svelte";
import { Shelf } from "./shelf.svelte";
import { groupTasks } from "./words";

type TaskEvent = Exclude<
  Event,
  | { type: "projectChanged" }
  | { type: "projectClosed" }
  | { type: "notice" }
  | { type: "dragging" }
  | { type: "settingsChanged" }
  | { type: "filesOffered" }
>;

/** A message that was sent, and what it is being changed to. */
export interface Edit {
  message: string;
  text: string;
}

/** A tab of the work area. */
export type WorkTab = "changes" | "checks" | "files";

export class Workspace {
  project = $state.raw<Project>() as Project;
  tasks = $state.raw<Task[]>([]);
  /** The task on screen; null shows the new-task view. */
  conversation = $state.raw<Conversation | null>(null);
  /** Last messages that are being changed, by task. */
  edits = new SvelteMap<string, Edit>();
  /** What is typed for a new task. */
  newTask: Composer;
  /** Whom Automatic would ask for it. */
  automatic: Automatic;
  /** The checks of the project, while no task is on screen. */
  checks: Checks;
  files: Files;
  /** The model for a new task while it is being made the default; null is the default. */
  model = $state<string | null>(null);
  /** The same of its effort. */
  effort = $state<Effort | null>(null);
  permission = $state<Permission>("auto");
  /** The tab that the person chose last; it stays from task to task. */
  tab = $state<WorkTab>("changes");
  /** The person wants to be asked about trust again. */
  asksTrust = $state(false);
  /** The answer about trust is on its way. */
  answering = $state(false);
  showsTrust = $derived(this.project.trust === "unasked" || this.asksTrust);

  /** What is done with whole tasks. */
  shelf: Shelf;

  groups = $derived(groupTasks(this.tasks));

  constructor(
    private host: Host,
    readonly app: App,
    snapshot: Snapshot,
  ) {
    this.project = snapshot.project;
    this.tasks = snapshot.tasks;
    this.shelf = new Shelf(host, this);
    this.newTask = new Composer(host, null, snapshot.unsent);
    this.automatic = new Automatic(host, null);
    this.checks = new Checks(host, this, null, () => []);
    this.files = new Files(host, this);
    const first = this.groups[0]?.tasks[0];
    if (first && !snapshot.unsent) this.select(first.id);
  }

  /** The message that is on screen. */
  get composer(): Composer {
    return this.conversation?.composer ?? this.newTask;
  }

  /** Takes a whole new picture of the same project. */
  async replace(snapshot: Snapshot): Promise<void> {
    this.project = snapshot.project;
    this.tasks = snapshot.tasks;
    const shown = this.conversation;
    if (!shown) return this.files.again();
    if (snapshot.tasks.some((task) => task.id === shown.id)) {
      void shown.composer.attached.load();
      await shown.load();
    } else this.conversation = null;
    await this.files.again();
  }

  task(id: string): Task | null {
    return this.tasks.find((task) => task.id === id) ?? null;
  }

  select(id: string): void {
    if (this.conversation?.id === id) return;
    this.conversation?.leave();
    this.conversation = new Conversation(this.host, this, id);
    void this.conversation.load();
    void this.files.taskChosen();
  }

  showNewTask(): void {
    this.conversation?.leave();
    this.conversation = null;
    void this.files.taskChosen();
  }

  /** Answers whether something of the folder may be run or sent. */
  async answerTrust(trusted: boolean): Promise<void> {
    this.answering = true;
    await this.app.try(async () => {
      this.project = await this.host.call("project/trust", { trusted });
      this.asksTrust = false;
    });
    this.answering = false;
  }

  /** Starts a task with the text of the new-task view. */
  async start(): Promise<void> {
    const { model, effort, permission } = this;
    const request = { model, effort, permission };
    await this.newTask.send(async (text, attachments) => {
      const task = await this.host.call("task/start", { text, attachments, ...request });
      this.offer(task);
      this.select(task.id);
    });
  }

  /** Chooses the model of new tasks, and remembers it. */
  async choose(next: { model?: string; effort?: Effort }): Promise<void> {
    const state = this.app.state;
    const usual = state?.automatic ? AUTO : (state?.models[0] ?? "");
    this.model = next.model ?? this.model ?? usual;
    this.effort = next.effort ?? this.effort ?? state?.effort ?? "usual";
    const { model: chosen, effort: chosenEffort } = this;
    try {
      await this.host.call("model/prefer", { model: chosen, effort: chosenEffort });
      await this.app.refresh();
    } catch (reason) {
      this.fail(reason);
    }
    // Another choice meanwhile is on its own way.
    if (this.model !== chosen || this.effort !== chosenEffort) return;
    this.model = null;
    this.effort = null;
  }

  /** Takes a task from a reply, unless an event has overtaken it. */
  offer(task: Task): void {
    const known = this.task(task.id);
    if (!known || task.changedAt >= known.changedAt) this.put(task);
  }

  put(task: Task): void {
    const known = this.tasks.some((each) => each.id === task.id);
    this.tasks = known
      ? this.tasks.map((each) => (each.id === task.id ? task : each))
      : [task, ...this.tasks];
  }

  /** Takes a task off the list. */
  drop(id: string): void {
    this.tasks = this.tasks.filter((task) => task.id !== id);
    if (this.conversation?.id === id) this.showNewTask();
  }

  handle(event: TaskEvent): void {
    if (event.type === "showTask") {
      if (this.task(event.task)) this.select(event.task);
      return;
    }
    if (event.type === "taskRemoved") {
      this.drop(event.task);
      return;
    }
    if (event.type === "taskChanged") {
      const before = this.task(event.task.id);
      this.put(event.task);
      if (this.conversation?.id === event.task.id)
        this.conversation.taskChanged(before, event.task);
      return;
    }
    if (event.type === "filesChanged") {
      this.files.handle(event);
      return;
    }
    if (this.conversation?.id === event.task) this.conversation.handle(event);
    if (event.type === "changesChanged") this.files.handle(event);
  }

  batchTaken(): void {
    this.conversation?.batchTaken();
  }

  async keepText(): Promise<void> {
    await Promise.all([this.newTask.keep(), this.conversation?.composer.keep(), this.files.keep()]);
  }

  leave(): void {
    void this.keepText();
  }

  alwaysAllowed(): AlwaysAllowedList {
    return new AlwaysAllowedList(this.host);
  }

  fail(reason: unknown): void {
    this.app.tell(toFailure(reason));
  }
}

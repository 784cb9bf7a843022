/**
 * One task on screen: its items, its composer and its review.
 *
 * Items arrive by `task/get` and then by events. While a `task/get` is under way events are held
 * back and applied afterwards, so that an old picture never covers a newer one. Text deltas that
 * the picture already contains are recognised by their overlap with its end.
 */
import { SvelteSet } from "svelte/reactivity";
import type {
  Effort,
  Event,
  Item,
  ItemKind,
  OfferAnswer,
  Permission,
  Task,
} from "../host/generated";
import { toFailure, type Host } from "../host/host";
import { Approvals } from "./approvals.svelte";
import { Automatic } from "./automatic.svelte";
import { Checks, tail } from "./checks.svelte";
import { Composer } from "./composer.svelte";
import { Review } from "./review.svelte";
import type { Workspace } from "./workspace.svelte";

export type ItemEvent = Extract<Event, { task: string }>;

export class Conversation {
  items = $state.raw<Item[]>([]);
  loaded = $state(false);
  draft = $state("");
  draftNotes = $state.raw<string[]>([]);
  /** "Reconnecting, try 2 of 5." */
  waiting = $state("");
  /** How long the wait for the next try was when it began, in milliseconds; 0 without one. */
  waitMs = $state(0);
  /** When that try is due, by the clock of this window; 0 without one. */
  due = $state(0);
  /** Stop was asked and the engine has not yet said that it stopped. */
  stopping = $state(false);
  /** Items that the person has opened. */
  open = new SvelteSet<string>();
  composer: Composer;
  review: Review;
  approvals: Approvals;
  /** Whom Automatic would ask for what is typed. */
  automatic: Automatic;
  checks: Checks;
  /** The last turn is being taken back. */
  repeating = $state(false);

  task = $derived.by(() => this.workspace.task(this.id));
  running = $derived(this.task?.turn === "running");

  lastTurn = $derived(this.items.at(-1)?.turn);
  /** Who has the last turn, where the rules chose. */
  chosen = $derived.by(() => {
    const kinds = this.items.flatMap(({ kind, turn }) => (turn === this.lastTurn ? [kind] : []));
    return kinds.find((kind) => kind.type === "automatic") ?? null;
  });
  /** The message that the last turn began with, and all that was said in it. */
  last = $derived.by(() => {
    const turn = this.items.at(-1)?.turn;
    const said = this.items.flatMap(({ id, kind, turn: of }) =>
      of === turn && kind.type === "message"
        ? [{ id, text: kind.text, attachments: kind.attachments }]
        : [],
    );
    const first = said[0];
    if (!first) return null;
    const texts = said.map(({ text }) => text).filter((text) => text !== "");
    const attachments = said.flatMap((each) => each.attachments);
    return { id: first.id, text: texts.join("\n\n"), attachments };
  });
  /** What the last message is being changed to. It is of that message: another one is not. */
  editing = $derived.by(() => {
    const edit = this.workspace.edits.get(this.id);
    return edit && edit.message === this.last?.id && !this.running ? edit : null;
  });
  /** Whether the last turn did anything before it ended. */
  worked = $derived.by(() => {
    const turn = this.items.at(-1)?.turn;
    return this.items.some(
      ({ kind, turn: of }) =>
        of === turn &&
        !["message", "automatic", "error", "check", "untilGreen"].includes(kind.type),
    );
  });

  /** Continue was clicked and has not been answered: a second click of the same is no new wish. */
  private going = false;
  private loads = 0;
  private held: ItemEvent[] = [];
  /** Per item, the deltas of the first batch after a load, which may repeat what was loaded. */
  private unsure = new Map<string, { from: string; deltas: string[] }>();
  private sure = true;

  constructor(
    private host: Host,
    readonly workspace: Workspace,
    readonly id: string,
  ) {
    this.composer = new Composer(host, id, "");
    this.automatic = new Automatic(host, id);
    this.review = new Review(host, workspace.app, id);
    this.approvals = new Approvals(host, id, (task) => workspace.offer(task));
    this.checks = new Checks(host, workspace, id, () => this.items);
  }

  /** Asks for the task with everything said in it, and for its changes. */
  async load(): Promise<void> {
    this.loads += 1;
    try {
      const [view] = await Promise.all([
        this.host.call("task/get", { task: this.id }),
        this.review.reload(),
      ]);
      this.workspace.offer(view.task);
      this.items = view.items;
      this.draft = view.draft;
      this.draftNotes = view.draftNotes;
      this.approvals.take(view.approvals);
      this.wait(view.waiting?.text ?? "", view.waiting?.ms ?? 0);
      this.composer.restore(view.unsent);
      this.loaded = true;
      this.stopping &&= view.task.turn === "running";
      this.sure = false;
      this.unsure.clear();
    } catch (reason) {
      this.workspace.fail(reason);
    } finally {
      this.loads -= 1;
      if (this.loads === 0) for (const event of this.held.splice(0)) this.handle(event);
    }
  }

  handle(event: ItemEvent): void {
    if (this.loads > 0) {
      this.held.push(event);
      return;
    }
    switch (event.type) {
      case "itemStarted": {
        const known = this.items.find((item) => item.id === event.item.id);
        if (known?.completedAt == null) this.put(event.item);
        this.waiting = "";
        return;
      }
      case "itemCompleted":
        this.put(event.item);
        this.unsure.delete(event.item.id);
        this.waiting = "";
        if (event.item.kind.type !== "message") void this.describeDraft();
        return;
      case "itemDelta":
        this.append(event.item, event.text);
        this.waiting = "";
        return;
      case "itemWithdrawn":
        this.items = this.items.filter((item) => item.id !== event.item);
        this.unsure.delete(event.item);
        return;
      case "messageGivenBack":
        this.composer.giveBack(event.text);
        return;
      case "waiting":
        this.wait(event.text, event.ms);
        return;
      case "changesChanged":
        void this.review.reload();
        void this.checks.reload();
        return;
      case "approvalsChanged":
        this.approvals.take(event.approvals);
        return;
    }
  }

  private wait(text: string, ms: number): void {
    this.waiting = text;
    this.waitMs = ms;
    this.due = ms > 0 ? Date.now() + ms : 0;
  }

  /** The end of a batch: what was unsure after a load is settled. */
  batchTaken(): void {
    if (this.loads > 0 || this.sure) return;
    this.unsure.clear();
    this.sure = true;
  }

  taskChanged(before: Task | null, task: Task): void {
    if (task.turn !== "running" && !task.compacting) {
      this.stopping = false;
      this.waiting = "";
    }
    if (before?.state !== task.state || before?.undo !== task.undo) void this.review.reload();
    if (before?.turn === "running" && task.turn !== "running") void this.describeDraft();
  }

  /** Asks how the draft was made, once there is one. */
  private async describeDraft(): Promise<void> {
    if (this.draft !== "") return;
    try {
      const view = await this.host.call("task/get", { task: this.id });
      this.draft = view.draft;
      this.draftNotes = view.draftNotes;
    } catch {
      // Only the status line is the poorer; the next item asks again.
    }
  }

  private put(item: Item): void {
    const at = this.items.findIndex((each) => each.id === item.id);
    this.items = at < 0 ? [...this.items, item] : this.items.with(at, item);
  }

  private append(id: string, delta: string): void {
    if (!this.sure) {
      // Shown at once all the same: the next batch may be long in coming.
      this.grow(id, (text) => {
        const known = this.unsure.get(id) ?? { from: text, deltas: [] };
        known.deltas.push(delta);
        this.unsure.set(id, known);
        return joined(known.from, known.deltas);
      });
      return;
    }
    this.grow(id, (text) => text + delta);
  }

  private grow(id: string, change: (text: string) => string): void {
    const at = this.items.findIndex((each) => each.id === id);
    const item = this.items[at];
    if (!item || item.completedAt !== null) return;
    const kind = grown(item.kind, change);
    if (kind) this.items = this.items.with(at, { ...item, kind });
  }

  async send(): Promise<void> {
    if (this.composer.isCommand("/compact")) {
      if (await this.compact()) this.composer.type("");
      return;
    }
    await this.composer.send(async (text, attachments) => {
      const message = { task: this.id, text, attachments };
      this.workspace.offer(await this.host.call("task/send", message));
    });
  }

  /** Makes the conversation shorter; false when it could not be begun, and then it is said why. */
  async compact(): Promise<boolean> {
    try {
      this.workspace.offer(await this.host.call("task/compact", { task: this.id }));
      this.composer.failure = null;
      return true;
    } catch (reason) {
      this.composer.failure = toFailure(reason);
      return false;
    }
  }

  /** Exactly the text that goes on after a compaction. */
  async keptBy(item: string): Promise<string> {
    return (await this.host.call("task/kept", { task: this.id, item })).text;
  }

  async stop(): Promise<void> {
    if (!(this.running || this.task?.compacting) || this.stopping) return;
    this.stopping = true;
    try {
      this.workspace.offer(await this.host.call("task/stop", { task: this.id }));
      this.stopping = this.running || this.task?.compacting === true;
    } catch (reason) {
      this.stopping = false;
      this.workspace.fail(reason);
    }
  }

  goOn(): Promise<void> {
    return this.goOnBy(() => this.host.call("task/continue", { task: this.id }));
  }

  /** Goes on with the turn that waits for a budget, whatever it uses. */
  passBudget(): Promise<void> {
    return this.goOnBy(() => this.host.call("budget/pass", { task: this.id }));
  }

  /** Goes on when the time is over that the provider asked to wait. */
  waitUntilThen(): Promise<void> {
    return this.goOnBy(() => this.host.call("task/wait", { task: this.id }));
  }

  async answerOffer(answer: OfferAnswer): Promise<void> {
    try {
      this.workspace.offer(await this.host.call("budget/answer", { task: this.id, answer }));
    } catch (reason) {
      this.workspace.fail(reason);
    }
  }

  /** Ends the wait before the next try of a request. */
  async tryNow(): Promise<void> {
    const due = this.due;
    // The count ends with the click; a wait that the next try brings has a count of its own.
    this.due = 0;
    try {
      this.workspace.offer(await this.host.call("task/tryNow", { task: this.id }));
    } catch (reason) {
      this.due = due;
      this.workspace.fail(reason);
    }
  }

  private async goOnBy(ask: () => Promise<Task>): Promise<void> {
    if (this.going || this.running) return;
    this.going = true;
    try {
      this.workspace.offer(await ask());
      this.composer.failure = null;
    } catch (reason) {
      this.composer.failure = toFailure(reason);
    } finally {
      this.going = false;
    }
  }

  /** Takes the last turn back and runs its message again. */
  retry(): Promise<void> {
    return this.repeat(() => this.host.call("task/retry", { task: this.id }));
  }

  /** Takes the last turn back and runs it with another message. */
  resend(text: string): Promise<void> {
    return this.repeat(() => this.host.call("task/resend", { task: this.id, text }));
  }

  /** Changes the last message; what is typed stays with the task until it is sent or dropped. */
  edit(text: string): void {
    if (this.last) this.workspace.edits.set(this.id, { message: this.last.id, text });
  }

  stopEditing(): void {
    this.workspace.edits.delete(this.id);
  }

  private async repeat(ask: () => Promise<Task>): Promise<void> {
    if (this.repeating) return;
    this.repeating = true;
    try {
      this.workspace.offer(await ask());
      this.stopEditing();
      this.composer.failure = null;
    } catch (reason) {
      this.workspace.fail(reason);
    } finally {
      this.repeating = false;
    }
  }

  async configure(change: {
    model?: string;
    effort?: Effort;
    permission?: Permission;
  }): Promise<void> {
    try {
      const task = await this.host.call("task/configure", {
        task: this.id,
        model: change.model ?? null,
        effort: change.effort ?? null,
        permission: change.permission ?? null,
      });
      this.workspace.offer(task);
    } catch (reason) {
      this.workspace.fail(reason);
    }
  }

  toggle(item: string): void {
    if (!this.open.delete(item)) this.open.add(item);
  }

  leave(): void {
    void this.composer.keep();
  }
}

/** The kind with its growing text changed; null for kinds whose text does not grow. */
function grown(kind: ItemKind, change: (text: string) => string): ItemKind | null {
  switch (kind.type) {
    case "answer":
    case "reasoning":
      return { ...kind, text: change(kind.text) };
    case "command":
      return { ...kind, output: change(kind.output) };
    case "check":
      return { ...kind, output: tail(change(kind.output)) };
    default:
      return null;
  }
}

/** Appends deltas to a text that may already end with the first of them. */
export function joined(text: string, deltas: string[]): string {
  for (let known = deltas.length; known > 0; known -= 1) {
    const repeated = deltas.slice(0, known).join("");
    if (text.endsWith(repeated)) return text + deltas.slice(known).join("");
  }
  return text + deltas.join("");
}

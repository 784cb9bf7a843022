/**
 * What the window knows, and the verbs of the welcome screen.
 *
 * `App` owns the event stream. Every event has a number one above the last; when one is missing,
 * or the host says that events were lost, everything on screen is asked for again. Nothing is ever
 * guessed, and nothing is shown before the engine has said it.
 */
import type { AppState, Event, EventBatch, Failure } from "../host/generated";
import { toFailure, type Host } from "../host/host";
import { Alerts } from "./alerts.svelte";
import { SettingsState } from "./settings.svelte";
import { UsageState } from "./usage.svelte";
import { Workspace } from "./workspace.svelte";

export interface Notice {
  id: number;
  message: string;
  hint: string;
  failed: boolean;
}

const MOST_NOTICES = 4;

export class App {
  state = $state.raw<AppState | null>(null);
  workspace = $state.raw<Workspace | null>(null);
  notices = $state.raw<Notice[]>([]);
  /** A verb of the welcome screen is under way: its name. */
  opening = $state<string | null>(null);
  /** A file is held over the window. */
  dragging = $state(false);
  /** The engine could not be reached at all. */
  unreachable = $state.raw<Failure | null>(null);

  /** What Settings shows. */
  readonly settings: SettingsState;
  readonly alerts: Alerts;
  readonly usage: UsageState;

  private lastSeq: number | null = null;
  private loading: Promise<void> | null = null;
  private loadAgain = false;
  /** Events that came while a picture was on its way; it may be older than they are. */
  private held: Event[] = [];
  private nextNotice = 1;

  private refreshes = 0;

  constructor(private host: Host) {
    this.usage = new UsageState(host);
    this.settings = new SettingsState(host, this.usage);
    this.alerts = new Alerts(host, this);
  }

  /** Begins to listen and asks for everything. Returns what ends it. */
  start(): () => void {
    const stop = this.host.events((batch) => this.take(batch));
    void this.reload();
    return stop;
  }

  /** Asks for everything on screen again. Calls made meanwhile lead to one more round. */
  reload(): Promise<void> {
    if (this.loading) {
      this.loadAgain = true;
      return this.loading;
    }
    this.loading = this.load().finally(() => {
      this.loading = null;
      for (const event of this.held.splice(0)) this.handle(event);
      if (this.loadAgain) {
        this.loadAgain = false;
        void this.reload();
      }
    });
    return this.loading;
  }

  private async load(): Promise<void> {
    try {
      const state = await this.host.call("app/state", {});
      this.state = state;
      this.unreachable = null;
      if (!state.project) {
        this.workspace?.leave();
        this.workspace = null;
        return;
      }
      const snapshot = await this.host.call("project/snapshot", {});
      if (this.workspace?.project.id === snapshot.project.id)
        await this.workspace.replace(snapshot);
      else this.workspace = new Workspace(this.host, this, snapshot);
    } catch (reason) {
      const failure = toFailure(reason);
      if (!this.state) this.unreachable = failure;
      else this.tell(failure);
    }
  }

  /** Asks for the frame alone: provider, models and confinement. The newest answer counts. */
  async refresh(): Promise<void> {
    const refresh = ++this.refreshes;
    try {
      const state = await this.host.call("app/state", {});
      if (refresh === this.refreshes) this.state = state;
    } catch {
      // What is shown may be old; the next event asks again.
    }
  }

  private take(batch: EventBatch): void {
    if (batch.resync) {
      this.lastSeq = batch.events.at(-1)?.seq ?? null;
      void this.reload();
      return;
    }
    for (const { seq, event } of batch.events) {
      const gap = this.lastSeq !== null && seq !== this.lastSeq + 1;
      this.lastSeq = seq;
      if (gap) void this.reload();
      if (this.loading) this.held.push(event);
      else this.handle(event);
    }
    this.workspace?.batchTaken();
  }

  private handle(event: Event): void {
    switch (event.type) {
      case "projectChanged":
        if (this.workspace?.project.id === event.project.id) {
          this.workspace.project = event.project;
          if (this.state) this.state = { ...this.state, project: event.project };
        } else {
          void this.reload();
        }
        return;
      case "dragging":
        this.dragging = event.over;
        return;
      case "filesOffered":
        void this.workspace?.composer.attached.accept(event.offer);
        return;
      case "projectClosed":
        void this.reload();
        return;
      case "settingsChanged":
        void this.refresh();
        this.settings.changed();
        return;
      case "notice":
        this.notice(event.message, event.hint);
        return;
      default:
        this.workspace?.handle(event);
    }
  }

  /** The bytes of something attached. */
  attached(content: string): Promise<ArrayBuffer> {
    return this.host.attached({ content });
  }

  openSample(): Promise<void> {
    return this.open("sample", () => this.host.call("project/sample", {}));
  }

  reopen(project: string): Promise<void> {
    return this.open(project, () => this.host.call("project/reopen", { project }));
  }

  /** The shell opens what is chosen; an event tells. */
  pickFolder(): Promise<void> {
    return this.open("folder", () => this.host.pickFolder());
  }

  private async open(what: string, ask: () => Promise<unknown>): Promise<void> {
    if (this.opening) return;
    this.opening = what;
    try {
      await this.workspace?.keepText();
      await ask();
      await this.reload();
    } catch (reason) {
      this.tell(toFailure(reason));
    } finally {
      this.opening = null;
    }
  }

  async forget(project: string): Promise<void> {
    await this.try(async () => {
      await this.host.call("project/forget", { project });
      this.state = await this.host.call("app/state", {});
    });
  }

  async closeProject(): Promise<void> {
    await this.try(async () => {
      await this.workspace?.keepText();
      await this.host.call("project/close", {});
      await this.reload();
    });
  }

  /** Runs a verb; when it fails, the person is told. Whether it worked. */
  async try(verb: () => Promise<void>): Promise<boolean> {
    try {
      await verb();
      return true;
    } catch (reason) {
      this.tell(toFailure(reason));
      return false;
    }
  }

  tell(failure: Failure): void {
    this.add({ message: failure.message, hint: failure.hint, failed: failure.code !== "refused" });
  }

  notice(message: string, hint = ""): void {
    this.add({ message, hint, failed: false });
  }

  dismiss(id: number): void {
    this.notices = this.notices.filter((each) => each.id !== id);
  }

  /** What led to Settings has been followed, and would only cover it. */
  ledToSettings(): void {
    this.notices = this.notices.filter((each) => !each.hint.includes("Settings (Ctrl+,)"));
  }

  private add(notice: Omit<Notice, "id">): void {
    const others = this.notices.filter((each) => each.message !== notice.message);
    this.notices = [...others, { ...notice, id: this.nextNotice++ }].slice(-MOST_NOTICES);
  }
}

/** The questions of one task that wait for the person, and what is always allowed in a project. */
import type {
  AlwaysAllowed,
  AlwaysAllowedSet,
  Approval,
  ApprovalDecision,
  Failure,
  Task,
} from "../host/generated";
import { toFailure, type Host } from "../host/host";

export class Approvals {
  /** The oldest first; only that one is on screen. */
  waiting = $state.raw<Approval[]>([]);
  /** The question whose answer is on its way. */
  answering = $state<string | null>(null);
  failure = $state.raw<Failure | null>(null);

  constructor(
    private host: Host,
    private task: string,
    private offer: (task: Task) => void,
  ) {}

  take(waiting: Approval[]): void {
    if (waiting[0]?.nonce !== this.waiting[0]?.nonce) this.failure = null;
    this.waiting = waiting;
  }

  async answer(nonce: string, decision: ApprovalDecision): Promise<void> {
    if (this.answering) return;
    this.answering = nonce;
    this.failure = null;
    try {
      this.offer(await this.host.call("approval/answer", { task: this.task, nonce, decision }));
    } catch (reason) {
      this.failure = toFailure(reason);
    } finally {
      this.answering = null;
    }
  }
}

/** The list of what is always allowed, while it is looked at. */
export class AlwaysAllowedList {
  entries = $state.raw<AlwaysAllowed[] | null>(null);
  failure = $state.raw<Failure | null>(null);

  constructor(private host: Host) {}

  load(): Promise<void> {
    return this.show(() => this.host.call("approval/always", {}));
  }

  forget(id: string): Promise<void> {
    return this.show(() => this.host.call("approval/forget", { id }));
  }

  private async show(ask: () => Promise<AlwaysAllowedSet>): Promise<void> {
    try {
      this.entries = (await ask()).entries;
      this.failure = null;
    } catch (reason) {
      this.failure = toFailure(reason);
    }
  }
}

/**
 * What is attached to one message that is being written.
 *
 * The engine holds it, beside the unsent text, so that it survives the window; this is what it last
 * said. Bytes and paths of what is attached never come from here: the shell takes them when they are
 * dropped, chosen or pasted, and names an offer, which this message then accepts.
 */
import type { Attachment, AttachmentProposal, Attachments, Writing } from "../host/generated";
import { toFailure, type Host } from "../host/host";

export class Attached {
  list = $state.raw<Attachment[]>([]);
  /** Why they cannot be sent as they are. */
  problem = $state<string | null>(null);
  /** A sentence for each thing that was not attached. */
  refused = $state.raw<string[]>([]);
  /** What fits of each thing that is too large. */
  proposals = $state.raw<AttachmentProposal[]>([]);
  /** How much is being attached right now. */
  adding = $state(0);

  tokens = $derived(this.list.reduce((sum, each) => sum + each.tokens, 0));

  private model: string | null = null;
  /** One question after the other, so that the newest answer is the truth. */
  private asking: Promise<void> = Promise.resolve();

  constructor(
    private host: Host,
    private task: string | null,
  ) {}

  private get writing(): Writing {
    return { task: this.task, model: this.model };
  }

  /** Asks what is attached, as the model that is chosen now will get it. */
  async load(model: string | null = this.model): Promise<void> {
    this.model = model;
    await this.ask(() => this.host.call("attachment/list", this.writing));
  }

  async accept(offer: string): Promise<void> {
    await this.add(() => Promise.resolve(offer), "");
  }

  async pick(): Promise<void> {
    await this.add(() => this.host.pickFiles(), "");
  }

  /** Takes a picture or files from the clipboard, which the page itself is not shown. */
  async paste(): Promise<void> {
    await this.add(() => this.host.paste(), "There is neither a picture nor a file to paste.");
  }

  async remove(attachment: string): Promise<void> {
    this.refused = [];
    await this.ask(() => this.host.call("attachment/remove", { from: this.writing, attachment }));
  }

  /** Attaches what was proposed in place of something too large. */
  async take(proposal: string): Promise<void> {
    this.proposals = this.proposals.filter((each) => each.id !== proposal);
    await this.ask(() => this.host.call("attachment/take", { to: this.writing, proposal }));
  }

  /** What fits of words that are too long; null when nothing does. */
  async fit(text: string): Promise<string | null> {
    return (await this.host.call("text/fit", { of: this.writing, text })).text;
  }

  /** Takes what was said of things that were not attached off the screen. */
  dismiss(): void {
    this.refused = [];
    this.proposals = [];
  }

  /** What was sent is not attached any more. */
  sent(ids: string[]): void {
    this.list = this.list.filter((each) => !ids.includes(each.id));
    this.dismiss();
    if (ids.length > 0) void this.load();
  }

  private async add(offered: () => Promise<string | null>, nothing: string): Promise<void> {
    this.dismiss();
    this.adding += 1;
    try {
      const offer = await offered();
      if (offer === null) this.refused = nothing ? [nothing] : [];
      else await this.ask(() => this.host.call("attachment/accept", { to: this.writing, offer }));
    } catch (reason) {
      this.refuse(reason);
    } finally {
      this.adding -= 1;
    }
  }

  private ask(question: () => Promise<Attachments>): Promise<void> {
    this.asking = this.asking.then(async () => {
      try {
        const said = await question();
        this.list = said.attachments;
        this.problem = said.problem;
        if (said.proposals.length > 0) this.proposals = [...this.proposals, ...said.proposals];
        if (said.refused.length > 0) this.refused = [...this.refused, ...said.refused];
      } catch (reason) {
        this.refuse(reason);
      }
    });
    return this.asking;
  }

  private refuse(reason: unknown): void {
    const { message, hint } = toFailure(reason);
    this.refused = [...this.refused, `${message} ${hint}`.trim()];
  }
}

/** What is done with whole tasks: renamed, put away, exported, removed and brought back. */
import type { RemovedTask } from "../host/generated";
import type { Host } from "../host/host";
import type { Workspace } from "./workspace.svelte";

export class Shelf {
  /** The tasks that can be brought back; null until they were asked for. */
  removed = $state.raw<RemovedTask[] | null>(null);
  /** The dialog of removed tasks is open. */
  open = $state(false);

  constructor(
    private host: Host,
    private workspace: Workspace,
  ) {}

  rename(task: string, title: string): Promise<boolean> {
    return this.try(async () =>
      this.workspace.offer(await this.host.call("task/rename", { task, title })),
    );
  }

  archive(task: string, archived: boolean): Promise<boolean> {
    return this.try(async () =>
      this.workspace.put(await this.host.call("task/archive", { task, archived })),
    );
  }

  /** Saves the conversation as a file that the person chooses. */
  save(task: string): Promise<boolean> {
    const title = this.workspace.task(task)?.title ?? "";
    return this.try(async () => {
      const saved = await this.host.saveConversation(task);
      if (!saved) return;
      this.workspace.app.notice(`“${title}” was saved as ${saved.place}.`, saved.takenOut);
    });
  }

  remove(task: string): Promise<boolean> {
    const title = this.workspace.task(task)?.title ?? "";
    return this.try(async () => {
      await this.host.call("task/remove", { task });
      this.workspace.drop(task);
      this.workspace.app.notice(
        `“${title}” was removed and is kept for 30 days. Your folder is unchanged.`,
        "Bring it back under Recently removed, below the tasks.",
      );
    });
  }

  show(): Promise<boolean> {
    this.open = true;
    return this.reload();
  }

  restore(task: string): Promise<boolean> {
    return this.try(async () => {
      this.workspace.put(await this.host.call("task/restore", { task }));
      this.workspace.select(task);
      await this.reload();
    });
  }

  delete(task: string): Promise<boolean> {
    return this.try(async () => {
      await this.host.call("task/delete", { task });
      await this.reload();
    });
  }

  private reload(): Promise<boolean> {
    return this.try(async () => {
      this.removed = (await this.host.call("task/removed", {})).tasks;
    });
  }

  private try(verb: () => Promise<void>): Promise<boolean> {
    return this.workspace.app.try(verb);
  }
}

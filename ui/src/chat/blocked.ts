/** Why a message cannot be sent now, and what to do; null when it can. */
import type { Project, ProviderState } from "../host/generated";

export function blockedWords(provider: ProviderState | undefined, project: Project): string | null {
  if (project.gone) return "The folder is not there right now. Bring it back to go on.";
  if (project.trust !== "trusted")
    return "You only look in this folder. Trust it to start or go on with a task.";
  if (provider && !provider.ready) return provider.hint ?? `${provider.name} is not ready.`;
  return null;
}

/** The automatic choice of the model in the story. */
import type { Item, ModelChosen, ModelRule } from "../generated";

export const RULES: ModelRule[] = [
  { rule: "no-sibling", words: "The chosen model has no cheaper sibling.", then: "full" },
  {
    rule: "check",
    words: "A check's failures are to be mended: the model of the last turn does it.",
    then: "stay",
  },
  { rule: "small", words: "The message has at most 30 words.", then: "small" },
  { rule: "otherwise", words: "Anything else.", then: "full" },
];

export function would(text: string): ModelChosen {
  const small = text.split(/\s+/).length <= 30;
  const [model, other] = small
    ? ["gpt-5-codex-mini", "gpt-5-codex"]
    : ["gpt-5-codex", "gpt-5-codex-mini"];
  const because = small ? "the request is short" : "the request is not plainly small";
  return { model, other, rule: small ? "small" : "otherwise", because };
}

/** The items with what the rules chose for the first message. */
export function chosenIn(scene: string, items: Item[]): Item[] {
  const [first, ...rest] = items;
  if (scene !== "automatic" || !first) return items;
  const kind = { type: "automatic" as const, ...would("") };
  return [first, { ...first, id: `${first.id}-automatic`, kind }, ...rest];
}

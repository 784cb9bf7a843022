import type { Mark } from "../../host/generated";
import type { Chosen } from "./chosen";

/** The buttons for lines that are chosen, below the last of them. */
export function tools(
  chosen: Chosen,
  act: { decide: (mark: Mark) => void; close: () => void },
): HTMLElement {
  const root = document.createElement("div");
  root.className = `tools ${chosen.side}`;
  root.setAttribute("role", "group");
  const what = chosen.count === 1 ? "this line" : `${String(chosen.count)} lines`;
  const which = chosen.side === "old" ? "removed" : "added";
  root.setAttribute("aria-label", `For ${what} (${which})`);
  const button = (words: string, classes: string, work: () => void): HTMLButtonElement => {
    const made = document.createElement("button");
    made.type = "button";
    made.className = classes;
    made.textContent = words;
    made.addEventListener("click", work);
    root.append(made);
    return made;
  };
  button(`✓ Approve ${what}`, "decide approved", () => {
    act.decide("approved");
  });
  button("✕ Reject", "decide rejected", () => {
    act.decide("rejected");
  });
  button("Undo", "decide undecided", () => {
    act.decide("undecided");
  });
  const close = button("Esc", "close", act.close);
  close.setAttribute("aria-label", "Choose no lines");
  return root;
}

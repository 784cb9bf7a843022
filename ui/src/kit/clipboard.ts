/**
 * Puts text on the clipboard of the computer. Call it from a click or a key, or it is refused.
 *
 * Where the page may not write to the clipboard itself, the text goes there as a person's own
 * selection would.
 */
export async function copyText(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return copySelected(text);
  }
}

function copySelected(text: string): boolean {
  const focus = document.activeElement;
  const field = document.createElement("textarea");
  field.value = text;
  field.className = "unseen";
  document.body.append(field);
  field.select();
  const copied = document.execCommand("copy");
  field.remove();
  if (focus instanceof HTMLElement) focus.focus();
  return copied;
}

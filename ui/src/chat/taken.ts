/** What taking the last turn back does, in words. */
export function taken(files: number): string {
  const back =
    files === 0
      ? "What was said since is taken back"
      : "What was said since, and what this turn changed in the private copy, is taken back";
  return `${back}, and your message is sent again. Your folder stays as it is.`;
}

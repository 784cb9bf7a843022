/** For `vi.waitFor`: how long a condition may take on a machine that is busy with other things. */
export const PATIENCE = { timeout: 20_000 };

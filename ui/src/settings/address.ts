/** Scheme, host and port of an address, which a key belongs to; null when it is no address. */
export function origin(address: string): string | null {
  try {
    const { protocol, origin: found } = new URL(address.trim());
    return protocol === "http:" || protocol === "https:" ? found : null;
  } catch {
    return null;
  }
}

// How amounts are rounded and shown.

/** Rounds an amount to whole cents. */
export function round(amount) {
  return Math.round((amount + Number.EPSILON) * 100) / 100;
}

/** An amount as a customer reads it: 1234.5 becomes "€1,234.50". */
export function euros(amount) {
  const cents = Math.abs(round(amount)).toFixed(2);
  const [whole, rest] = cents.split('.');
  const grouped = whole.replace(/\B(?=(\d{3})+$)/g, ',');
  return `${amount < 0 ? '−' : ''}€${grouped}.${rest}`;
}

/** "1 item", "2 items". */
export function pieces(count) {
  return count === 1 ? '1 item' : `${count} items`;
}

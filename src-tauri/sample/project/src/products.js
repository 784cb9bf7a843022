// What is on the shelf, and the coupons that are valid now.

export const products = [
  { id: 'notebook', name: 'Stitched notebook', note: 'A5, 96 dotted pages', price: 14, tint: 'moss' },
  { id: 'postcards', name: 'Postcard set', note: 'Eight birds, letterpress', price: 9.5, tint: 'sky' },
  { id: 'ink', name: 'Bottled ink', note: 'Midnight blue, 30 ml', price: 12.5, tint: 'night' },
  { id: 'tape', name: 'Washi tape', note: 'Three rolls of rice paper', price: 6, tint: 'rose' },
  { id: 'envelopes', name: 'Kraft envelopes', note: 'Pack of twenty, C6', price: 4.8, tint: 'sand' },
  { id: 'planner', name: 'Wall planner', note: 'One year on one sheet', price: 18.5, tint: 'clay' },
];

const coupons = [
  { code: 'WELCOME', amount: 50 },
  { code: 'SPRING', amount: 5 },
];

/** The coupon with this code, however it was typed; null if there is none. */
export function findCoupon(code) {
  const wanted = code.trim().toUpperCase();
  return coupons.find((coupon) => coupon.code === wanted) ?? null;
}

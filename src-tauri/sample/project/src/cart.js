// What is in the cart and what it costs. Prices are in euros.

import { round } from './format.js';

/**
 * What the customer pays: the items, less the coupon if there is one.
 */
export function cartTotal(items, coupon) {
  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }

  if (coupon) {
    sum = sum - coupon.amount;
  }

  return round(sum);
}

/** The cart with one more of a product. */
export function addItem(items, product) {
  if (items.some((item) => item.id === product.id)) {
    return items.map((item) =>
      item.id === product.id ? { ...item, quantity: item.quantity + 1 } : item,
    );
  }
  return [...items, { ...product, quantity: 1 }];
}

/** The cart with one less of a product; the last one takes its line away. */
export function removeItem(items, id) {
  return items
    .map((item) => (item.id === id ? { ...item, quantity: item.quantity - 1 } : item))
    .filter((item) => item.quantity > 0);
}

/** How many pieces are in the cart. */
export function cartCount(items) {
  return items.reduce((count, item) => count + item.quantity, 0);
}

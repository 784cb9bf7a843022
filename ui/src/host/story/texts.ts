/** The files of the story. */
const filler = (from: number, n: number) =>
  Array.from(
    { length: n },
    (_, i) => `export const rate${from + i} = { code: 'R${from + i}', percent: ${(i * 7) % 31} };`,
  ).join("\n");

export const CART_BEFORE = `import { round } from './format.js';

${filler(1, 12)}

export function cartTotal(items, coupon) {
  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }

  if (coupon) {
    sum = sum - coupon.amount;
  }

  return sum;
}

${filler(20, 24)}
`;

export const CART_AFTER = CART_BEFORE.replace(
  `  let sum = 0;
  for (const item of items) {
    sum += item.price;
  }
`,
  `  const subtotal = items.reduce(
    (sum, item) => sum + item.price * item.quantity,
    0,
  );
`,
)
  .replace(
    "    sum = sum - coupon.amount;",
    `    const discount = Math.min(coupon.amount, subtotal);
    return round(subtotal - discount);`,
  )
  .replace("  return sum;", "  return round(subtotal);");

export const TEST_AFTER = `import test from 'node:test';
import { cartTotal } from '../src/cart.js';

test('never goes below zero with a coupon', () => {
  const coupon = { code: 'WELCOME', amount: 500 };
  expect(cartTotal([{ price: 20, quantity: 2 }], coupon)).toBe(0); // the coupon is worth far more than the cart
});
`;

export const PACKAGE_BEFORE = `{
  "name": "paper-shop",
  "scripts": {
    "test": "node --test"
  }
}
`;
export const PACKAGE_AFTER = PACKAGE_BEFORE.replace(
  `"node --test"`,
  `"node --test",\n    "postinstall": "node setup.js"`,
);

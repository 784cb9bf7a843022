import assert from 'node:assert/strict';
import { test } from 'node:test';

import { findCoupon, products } from '../src/products.js';

test('finds a coupon however it is typed', () => {
  assert.equal(findCoupon(' welcome ').amount, 50);
  assert.equal(findCoupon('nothing'), null);
});

test('every product has its own id and a price', () => {
  assert.equal(new Set(products.map((product) => product.id)).size, products.length);
  assert.ok(products.every((product) => product.price > 0));
});

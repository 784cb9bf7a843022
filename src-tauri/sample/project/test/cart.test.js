import assert from 'node:assert/strict';
import { test } from 'node:test';

import { addItem, cartCount, cartTotal, removeItem } from '../src/cart.js';

const notebook = { id: 'notebook', name: 'Stitched notebook', price: 14 };
const ink = { id: 'ink', name: 'Bottled ink', price: 12.5 };

test('puts a product into the cart', () => {
  assert.deepEqual(addItem([], ink), [{ ...ink, quantity: 1 }]);
});

test('adds one more of a product that is there already', () => {
  const items = addItem(addItem([], ink), ink);
  assert.equal(items.length, 1);
  assert.equal(items[0].quantity, 2);
});

test('takes the line away with the last piece', () => {
  assert.deepEqual(removeItem(addItem([], ink), 'ink'), []);
});

test('counts the pieces in the cart', () => {
  assert.equal(cartCount([{ ...ink, quantity: 2 }, { ...notebook, quantity: 3 }]), 5);
});

test('an empty cart costs nothing', () => {
  assert.equal(cartTotal([]), 0);
});

test('adds the items of a cart', () => {
  const cart = [
    { ...notebook, quantity: 1 },
    { ...ink, quantity: 1 },
    { id: 'press', name: 'Flower press', price: 15.5, quantity: 1 },
  ];
  assert.equal(cartTotal(cart), 42);
});

test('takes a coupon off the total', () => {
  const coupon = { code: 'SPRING', amount: 5 };
  assert.equal(cartTotal([{ ...ink, quantity: 1 }], coupon), 7.5);
});

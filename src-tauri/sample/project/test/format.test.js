import assert from 'node:assert/strict';
import { test } from 'node:test';

import { euros, pieces, round } from '../src/format.js';

test('rounds to whole cents', () => {
  assert.equal(round(0.1 + 0.2), 0.3);
  assert.equal(round(1.005), 1.01);
});

test('shows euros with two decimals', () => {
  assert.equal(euros(4.8), '€4.80');
  assert.equal(euros(1234.5), '€1,234.50');
});

test('counts one item and many', () => {
  assert.equal(pieces(1), '1 item');
  assert.equal(pieces(3), '3 items');
});

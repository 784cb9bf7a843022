// Draws the shelf and the cart, and listens to clicks.

import { addItem, cartCount, cartTotal, removeItem } from './cart.js';
import { euros, pieces } from './format.js';
import { findCoupon, products } from './products.js';

let items = [];
let coupon = null;

const shelf = document.querySelector('#shelf');
const lines = document.querySelector('#lines');
const count = document.querySelector('#count');
const total = document.querySelector('#total');
const couponForm = document.querySelector('#coupon');
const couponNote = document.querySelector('#coupon-note');

/** A new element with a class and, if given, a text. */
function element(tag, className, text = '') {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** A button that changes the cart. */
function button(className, text, label, change) {
  const made = element('button', className, text);
  made.type = 'button';
  made.setAttribute('aria-label', label);
  made.addEventListener('click', () => {
    items = change(items);
    drawCart();
  });
  return made;
}

function drawShelf() {
  const cards = products.map((product) => {
    const card = element('article', 'card');
    const picture = element('div', `picture ${product.tint}`, product.name[0]);
    picture.setAttribute('aria-hidden', 'true');
    const foot = element('div', 'card-foot');
    foot.append(
      element('span', 'price', euros(product.price)),
      button('add', 'Add to cart', `Add ${product.name} to the cart`, (all) =>
        addItem(all, product),
      ),
    );
    card.append(picture, element('h3', '', product.name), element('p', 'note', product.note), foot);
    return card;
  });
  shelf.replaceChildren(...cards);
}

function drawCart() {
  const rows = items.map((item) => {
    const row = element('li', 'line');
    const stepper = element('span', 'stepper');
    stepper.append(
      button('step', '−', `One ${item.name} less`, (all) => removeItem(all, item.id)),
      element('span', 'quantity', String(item.quantity)),
      button('step', '+', `One ${item.name} more`, (all) => addItem(all, item)),
    );
    row.append(element('span', 'name', item.name), stepper, element('span', 'each', euros(item.price)));
    return row;
  });
  lines.replaceChildren(...(rows.length ? rows : [element('li', 'empty', 'Nothing here yet.')]));
  count.textContent = pieces(cartCount(items));
  couponNote.textContent = coupon ? `${coupon.code}: ${euros(coupon.amount)} off` : '';
  total.textContent = euros(cartTotal(items, coupon));
}

couponForm.addEventListener('submit', (event) => {
  event.preventDefault();
  const code = new FormData(couponForm).get('code');
  coupon = findCoupon(code);
  drawCart();
  if (!coupon && code.trim()) {
    couponNote.textContent = `There is no coupon ${code.trim()}.`;
  }
});

drawShelf();
drawCart();

import { expect, test } from 'vitest';

import { newCheckout } from '../../src/domain/payments.ts';

const CHECKOUT = {
  reference: 'order-1',
  title: 'Two chairs',
  amount: 19900,
  currency: 'eur',
  successUrl: 'https://shop.example.com/thanks',
  cancelUrl: 'https://shop.example.com/cart',
};

test('what can be paid is a checkout', () => {
  expect(newCheckout(CHECKOUT)).toEqual(CHECKOUT);
});

test.each([
  { reference: '', amount: 0, currency: 'EUR' },
  { reference: 'order 1', amount: 0.5, currency: 'euro' },
])('every reason against %o is told', (values) => {
  expect(() => newCheckout({ ...CHECKOUT, ...values })).toThrow(
    /^reference .*; amount .*; currency /,
  );
});

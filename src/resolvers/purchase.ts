import type { PurchaseResolvers } from '../generated/graphql.ts';

export const Purchase: PurchaseResolvers = {
  id: (purchase) => purchase.event_id,
  purchasedAt: (purchase) => purchase.occurred_at,
  channel: (purchase) => (purchase.event_type === 'pos_purchase' ? 'STORE' : 'ONLINE'),
  unitPrice: (purchase) =>
    purchase.unit_price === null ? null : { amount: purchase.unit_price, currency: purchase.currency },
  product: (purchase, _args, { dataSources }) =>
    purchase.product_id === null ? null : dataSources.products.byId(purchase.product_id),
};

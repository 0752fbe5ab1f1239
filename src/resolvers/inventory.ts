import type { InventoryResolvers } from '../generated/graphql.ts';

export const Inventory: InventoryResolvers = {
  product: (inventory, _args, { dataSources }) => dataSources.products.byId(inventory.product_id),
  warehouse: (inventory) => inventory.warehouse_name,
  quantityOnHand: (inventory) => inventory.quantity_on_hand,
  inStock: (inventory) => inventory.quantity_on_hand > 0,
  estimatedDeliveryDays: (inventory) => inventory.estimated_delivery_days,
  asOf: (inventory) => inventory.updated_at,
};

import type { CategoryResolvers, ProductResolvers } from '../generated/graphql.ts';

export const Product: ProductResolvers = {
  id: (product) => product.product_id,
  name: (product) => product.product_name,
  category: (product) => product,
  price: (product) => ({ amount: product.price, currency: product.currency }),
  perishable: (product) => product.is_perishable,
  tier: (product) => product.product_tier,
  inventory: (product, where, { dataSources }) => dataSources.inventory.ofProduct(product.product_id, where),
  inventories: (product, _args, { dataSources }) => dataSources.inventory.everywhere(product.product_id),
  similar: (product, { first }, { dataSources }) => dataSources.products.similarTo(product.product_id, first),
  predictedAffinity: (product, { customerId }, { dataSources }) =>
    dataSources.recommendations.affinity(product.product_id, customerId),
};

export const Category: CategoryResolvers = {
  id: (category) => category.category_id,
  name: (category) => category.category_name,
};

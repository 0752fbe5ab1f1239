import type { QueryResolvers } from '../generated/graphql.ts';

export const Query: QueryResolvers = {
  customer: (_parent, { id }, { dataSources }) => dataSources.customers.byId(id),

  customers: (_parent, { ids }, { dataSources }) => dataSources.customers.byIds(ids),

  customerSegment: (_parent, { filter, first, after }, { dataSources }) =>
    dataSources.customers.segment(filter, first, after),

  product: (_parent, { id }, { dataSources }) => dataSources.products.byId(id),

  products: (_parent, args, { dataSources }) => dataSources.products.page(args),

  inventory: (_parent, { productIds, ...where }, { dataSources }) =>
    dataSources.inventory.ofProducts(productIds, where),

  recommendations: (_parent, { customerId, ...wanted }, { dataSources }) =>
    dataSources.recommendations.forCustomerId(customerId, wanted),

  recommendationsForCustomers: (_parent, { customerIds, ...wanted }, { dataSources }) =>
    dataSources.recommendations.forCustomerIds(customerIds, wanted),
};

import type { Resolvers } from '../generated/graphql.ts';
import { CategoryPropensity, Customer, CustomerFeatures, CustomerProfile } from './customer.ts';
import { LoyaltyTier, ProductTier, Region, RfmSegment } from './enums.ts';
import { Inventory } from './inventory.ts';
import { Category, Product } from './product.ts';
import { Purchase } from './purchase.ts';
import { Query } from './query.ts';
import { Recommendation } from './recommendation.ts';
import { DateTime, Decimal } from './scalars.ts';

/** Every resolver, by type. A field without one is read from its parent under the same name. */
export const resolverMap: Resolvers = {
  Category,
  CategoryPropensity,
  Customer,
  CustomerFeatures,
  CustomerProfile,
  DateTime,
  Decimal,
  Inventory,
  LoyaltyTier,
  Product,
  ProductTier,
  Purchase,
  Query,
  Recommendation,
  Region,
  RfmSegment,
};

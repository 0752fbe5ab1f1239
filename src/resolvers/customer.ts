import type {
  CategoryPropensityResolvers,
  CustomerFeaturesResolvers,
  CustomerProfileResolvers,
  CustomerResolvers,
} from '../generated/graphql.ts';

export const Customer: CustomerResolvers = {
  id: (customer) => customer.customer_id,
  profile: (customer) => customer,
  loyaltyTier: (customer) => customer.loyalty_tier,
  segment: async (customer, _args, { dataSources }) =>
    (await dataSources.customers.featuresOf(customer.customer_id))?.rfm_segment ?? null,
  features: (customer, _args, { dataSources }) => dataSources.customers.featuresOf(customer.customer_id),
  propensities: (customer, { first }, { dataSources }) =>
    dataSources.customers.propensitiesOf(customer.customer_id, first),
  recommendations: (customer, wanted, { dataSources }) => dataSources.recommendations.forCustomer(customer, wanted),
  purchases: (customer, { first, after }, { dataSources }) =>
    dataSources.purchases.ofCustomer(customer.customer_id, first, after),
};

export const CustomerProfile: CustomerProfileResolvers = {
  firstName: (customer, _args, { viewer }) => (viewer.scopes.has('customers:pii') ? customer.first_name : null),
  email: (customer, _args, { viewer }) => (viewer.scopes.has('customers:pii') ? customer.email : null),
  joinedOn: (customer) => customer.joined_on,
  homeRegion: (customer) => customer.home_region,
  zipCode: (customer, _args, { viewer }) => (viewer.scopes.has('customers:pii') ? customer.zip_code : null),
  hasApp: (customer) => customer.has_app,
  emailOptIn: (customer) => customer.email_opt_in,
};

export const CustomerFeatures: CustomerFeaturesResolvers = {
  tenureMonths: (features) => features.tenure_months,
  loyaltyTierNum: (features) => features.loyalty_tier_num,
  totalOrders: (features) => features.total_orders,
  lifetimeSpend: (features) => features.lifetime_spend,
  avgOrderValue: (features) => features.avg_order_value,
  daysSincePurchase: (features) => features.days_since_purchase,
  categoriesPurchased: (features) => features.categories_purchased,
  totalBrowseEvents: (features) => features.total_browse_events,
  totalSessions: (features) => features.total_sessions,
  avgBrowsedPrice: (features) => features.avg_browsed_price,
  addToCartCount: (features) => features.add_to_cart_count,
  cartAbandonmentRate: (features) => features.cart_abandonment_rate,
  storeRatio: (features) => features.store_ratio,
  engagementScore: (features) => features.engagement_score,
  asOf: (features) => features.as_of,
};

export const CategoryPropensity: CategoryPropensityResolvers = {
  category: (propensity) => propensity,
  score: (propensity) => propensity.propensity_score,
  asOf: (propensity) => propensity.as_of,
};

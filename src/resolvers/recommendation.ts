import type { RecommendationResolvers } from '../generated/graphql.ts';

export const Recommendation: RecommendationResolvers = {
  reasons: (recommendation, _args, { viewer }) =>
    recommendation.reasonsFor({ seesPersonalData: viewer.scopes.has('customers:pii') }),
  product: (recommendation, _args, { dataSources }) => dataSources.products.byId(recommendation.productId),
};

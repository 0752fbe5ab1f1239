import type { RecommendationResolvers } from '../generated/graphql.ts';

export const Recommendation: RecommendationResolvers = {
  product: (recommendation, _args, { dataSources }) => dataSources.products.byId(recommendation.productId),
};

import type {
  LoyaltyTierResolvers,
  ProductTierResolvers,
  RegionResolvers,
  RfmSegmentResolvers,
} from '../generated/graphql.ts';

/** How the data writes the values of the public enums. */
export const LoyaltyTier: LoyaltyTierResolvers = {
  BRONZE: 'Bronze',
  SILVER: 'Silver',
  GOLD: 'Gold',
  PLATINUM: 'Platinum',
};

export const ProductTier: ProductTierResolvers = {
  DAILY_STAPLE: 'daily_staple',
  MID_RANGE: 'mid_range',
  PREMIUM: 'premium',
};

export const Region: RegionResolvers = {
  NORTHEAST: 'Northeast',
  SOUTHEAST: 'Southeast',
  MIDWEST: 'Midwest',
  SOUTH: 'South',
  WEST: 'West',
};

export const RfmSegment: RfmSegmentResolvers = {
  CHAMPION: 'Champion',
  LOYAL: 'Loyal',
  ACTIVE: 'Active',
  AT_RISK: 'At_Risk',
  DORMANT: 'Dormant',
};

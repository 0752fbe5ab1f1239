import customerProfile from '../../schema/operations/customer-profile.graphql';
import productPage from '../../schema/operations/product-page.graphql';
import rankedList from '../../schema/operations/ranked-list.graphql';
import segment from '../../schema/operations/segment.graphql';

const variables = (values) => JSON.stringify(values, null, 2);

/** What a newcomer finds open: one tab per main question, with variables that fit the demo data. */
export const EXAMPLE_TABS = [
  { query: customerProfile, variables: variables({ customerId: '1000000' }) },
  {
    query: segment,
    variables: variables({
      filter: { segments: ['AT_RISK'], homeRegions: ['NORTHEAST'], lifetimeSpendMin: 100 },
      first: 20,
    }),
  },
  { query: rankedList, variables: variables({ customerId: '1000000', first: 5, filter: { maxPerCategory: 2 } }) },
  { query: productPage, variables: variables({ productId: '42', region: 'NORTHEAST', customerId: '1000000' }) },
];

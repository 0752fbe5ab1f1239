import type { CodegenConfig } from '@graphql-codegen/cli';

/**
 * Types of the schema and of its resolvers. `mappers` say what a parent object really is inside the gateway: a row or
 * a domain type of a data source. Connections and enums have no mapper: there the generated type is the real one.
 * Run it by `npm run codegen`, which also writes what is not GraphQL (see scripts/codegen.ts).
 */
const config: CodegenConfig = {
  schema: 'schema/*.graphql',
  silent: true,
  generates: {
    'src/generated/graphql.ts': {
      plugins: ['typescript', 'typescript-resolvers'],
      config: {
        enumsAsConst: true,
        useTypeImports: true,
        immutableTypes: true,
        strictScalars: true,
        scalars: {
          ID: 'string',
          DateTime: 'Date',
          Decimal: 'string',
        },
        importExtension: '.ts',
        emitLegacyCommonJSImports: false,
        contextType: '../graphql/context.ts#GraphQLContext',
        enumValues: {
          LoyaltyTier: '../datasources/customers.ts#LoyaltyTier',
          ProductTier: '../datasources/products.ts#ProductTier',
          Region: '../datasources/region.ts#Region',
          RfmSegment: '../datasources/customers.ts#RfmSegment',
        },
        mappers: {
          Category: '../datasources/products.ts#CategoryColumns',
          Customer: '../datasources/customers.ts#CustomerRow',
          CustomerProfile: '../datasources/customers.ts#CustomerRow',
          CustomerFeatures: '../datasources/customers.ts#CustomerFeaturesModel',
          CategoryPropensity: '../datasources/customers.ts#PropensityRow',
          Product: '../datasources/products.ts#ProductRow',
          Inventory: '../datasources/inventory.ts#InventoryRow',
          Purchase: '../datasources/purchases.ts#PurchaseRow',
          RecommendationList: '../datasources/recommendations.ts#RecommendationListModel',
          Recommendation: '../datasources/recommendations.ts#RecommendationModel',
        },
      },
    },
  },
};

export default config;

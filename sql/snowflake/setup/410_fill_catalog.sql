-- Takes catalog, stock and customers over from the raw tables into the tables that serve.
-- Run after the 1xx and 2xx files. Running it again changes nothing.
-- Each task is one MERGE: new rows come, changed ones change, those that are gone go, at one moment. An empty source
-- never empties a table that serves. The schedules are what freshness costs: one run of snowgate_load_wh each.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

ALTER TASK IF EXISTS fill_product_categories SUSPEND;

CREATE TASK IF NOT EXISTS fill_product_categories
WAREHOUSE = snowgate_load_wh
SCHEDULE = '60 MINUTE'
AS
MERGE INTO snowgate.serving.product_categories AS served
USING (
    SELECT
        category_id, category_name, department,
        FALSE AS is_gone
    FROM snowgate.raw.product_categories
    UNION ALL
    SELECT
        gone.category_id, gone.category_name, gone.department,
        TRUE AS is_gone
    FROM snowgate.serving.product_categories AS gone
    LEFT JOIN snowgate.raw.product_categories AS kept ON gone.category_id = kept.category_id
    WHERE kept.category_id IS NULL AND (SELECT count(*) FROM snowgate.raw.product_categories) > 0
) AS arrived
ON served.category_id = arrived.category_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND hash(
        served.category_name, served.department
    ) <> hash(
        arrived.category_name, arrived.department
    ) THEN UPDATE SET
    category_name = arrived.category_name, department = arrived.department
WHEN NOT MATCHED THEN INSERT (
    category_id, category_name, department
) VALUES (
    arrived.category_id, arrived.category_name, arrived.department
);

CREATE TASK IF NOT EXISTS fill_products
WAREHOUSE = snowgate_load_wh
AFTER fill_product_categories
AS
MERGE INTO snowgate.serving.products AS served
USING (
    SELECT
        product_id, product_name, brand, category_id, price, currency, weight_lbs, is_perishable, product_tier,
        FALSE AS is_gone
    FROM snowgate.raw.products
    UNION ALL
    SELECT
        gone.product_id, gone.product_name, gone.brand, gone.category_id, gone.price, gone.currency,
        gone.weight_lbs, gone.is_perishable, gone.product_tier,
        TRUE AS is_gone
    FROM snowgate.serving.products AS gone
    LEFT JOIN snowgate.raw.products AS kept ON gone.product_id = kept.product_id
    WHERE kept.product_id IS NULL AND (SELECT count(*) FROM snowgate.raw.products) > 0
) AS arrived
ON served.product_id = arrived.product_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND hash(
        served.product_name, served.brand, served.category_id, served.price, served.currency, served.weight_lbs,
        served.is_perishable, served.product_tier
    ) <> hash(
        arrived.product_name, arrived.brand, arrived.category_id, arrived.price, arrived.currency,
        arrived.weight_lbs, arrived.is_perishable, arrived.product_tier
    ) THEN UPDATE SET
    product_name = arrived.product_name, brand = arrived.brand, category_id = arrived.category_id,
    price = arrived.price, currency = arrived.currency, weight_lbs = arrived.weight_lbs,
    is_perishable = arrived.is_perishable, product_tier = arrived.product_tier
WHEN NOT MATCHED THEN INSERT (
    product_id, product_name, brand, category_id, price, currency, weight_lbs, is_perishable, product_tier
) VALUES (
    arrived.product_id, arrived.product_name, arrived.brand, arrived.category_id, arrived.price, arrived.currency,
    arrived.weight_lbs, arrived.is_perishable, arrived.product_tier
);

CREATE TASK IF NOT EXISTS fill_loyalty_tiers
WAREHOUSE = snowgate_load_wh
AFTER fill_products
AS
MERGE INTO snowgate.serving.loyalty_tiers AS served
USING (
    SELECT
        loyalty_tier, tier_rank, points_multiplier,
        FALSE AS is_gone
    FROM snowgate.raw.loyalty_tiers
    UNION ALL
    SELECT
        gone.loyalty_tier, gone.tier_rank, gone.points_multiplier,
        TRUE AS is_gone
    FROM snowgate.serving.loyalty_tiers AS gone
    LEFT JOIN snowgate.raw.loyalty_tiers AS kept ON gone.loyalty_tier = kept.loyalty_tier
    WHERE kept.loyalty_tier IS NULL AND (SELECT count(*) FROM snowgate.raw.loyalty_tiers) > 0
) AS arrived
ON served.loyalty_tier = arrived.loyalty_tier
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND hash(
        served.tier_rank, served.points_multiplier
    ) <> hash(
        arrived.tier_rank, arrived.points_multiplier
    ) THEN UPDATE SET
    tier_rank = arrived.tier_rank, points_multiplier = arrived.points_multiplier
WHEN NOT MATCHED THEN INSERT (
    loyalty_tier, tier_rank, points_multiplier
) VALUES (
    arrived.loyalty_tier, arrived.tier_rank, arrived.points_multiplier
);

CREATE TASK IF NOT EXISTS fill_stores
WAREHOUSE = snowgate_load_wh
AFTER fill_loyalty_tiers
AS
MERGE INTO snowgate.serving.stores AS served
USING (
    SELECT
        store_id, store_name, region, zip_code,
        FALSE AS is_gone
    FROM snowgate.raw.stores
    UNION ALL
    SELECT
        gone.store_id, gone.store_name, gone.region, gone.zip_code,
        TRUE AS is_gone
    FROM snowgate.serving.stores AS gone
    LEFT JOIN snowgate.raw.stores AS kept ON gone.store_id = kept.store_id
    WHERE kept.store_id IS NULL AND (SELECT count(*) FROM snowgate.raw.stores) > 0
) AS arrived
ON served.store_id = arrived.store_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND hash(
        served.store_name, served.region, served.zip_code
    ) <> hash(
        arrived.store_name, arrived.region, arrived.zip_code
    ) THEN UPDATE SET
    store_name = arrived.store_name, region = arrived.region, zip_code = arrived.zip_code
WHEN NOT MATCHED THEN INSERT (
    store_id, store_name, region, zip_code
) VALUES (
    arrived.store_id, arrived.store_name, arrived.region, arrived.zip_code
);

CREATE TASK IF NOT EXISTS fill_customers
WAREHOUSE = snowgate_load_wh
AFTER fill_stores
AS
MERGE INTO snowgate.serving.customers AS served
USING (
    SELECT
        customer_id, first_name, email, birth_date, joined_on, loyalty_tier, home_region, zip_code,
        preferred_store_id, has_app, email_opt_in, points_earned,
        FALSE AS is_gone
    FROM snowgate.raw.customers
    UNION ALL
    SELECT
        gone.customer_id, gone.first_name, gone.email, gone.birth_date, gone.joined_on, gone.loyalty_tier,
        gone.home_region, gone.zip_code, gone.preferred_store_id, gone.has_app, gone.email_opt_in,
        gone.points_earned,
        TRUE AS is_gone
    FROM snowgate.serving.customers AS gone
    LEFT JOIN snowgate.raw.customers AS kept ON gone.customer_id = kept.customer_id
    WHERE kept.customer_id IS NULL AND (SELECT count(*) FROM snowgate.raw.customers) > 0
) AS arrived
ON served.customer_id = arrived.customer_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND hash(
        served.first_name, served.email, served.birth_date, served.joined_on, served.loyalty_tier,
        served.home_region, served.zip_code, served.preferred_store_id, served.has_app, served.email_opt_in,
        served.points_earned
    ) <> hash(
        arrived.first_name, arrived.email, arrived.birth_date, arrived.joined_on, arrived.loyalty_tier,
        arrived.home_region, arrived.zip_code, arrived.preferred_store_id, arrived.has_app, arrived.email_opt_in,
        arrived.points_earned
    ) THEN UPDATE SET
    first_name = arrived.first_name, email = arrived.email, birth_date = arrived.birth_date,
    joined_on = arrived.joined_on, loyalty_tier = arrived.loyalty_tier, home_region = arrived.home_region,
    zip_code = arrived.zip_code, preferred_store_id = arrived.preferred_store_id, has_app = arrived.has_app,
    email_opt_in = arrived.email_opt_in, points_earned = arrived.points_earned
WHEN NOT MATCHED THEN INSERT (
    customer_id, first_name, email, birth_date, joined_on, loyalty_tier, home_region, zip_code, preferred_store_id,
    has_app, email_opt_in, points_earned
) VALUES (
    arrived.customer_id, arrived.first_name, arrived.email, arrived.birth_date, arrived.joined_on,
    arrived.loyalty_tier, arrived.home_region, arrived.zip_code, arrived.preferred_store_id, arrived.has_app,
    arrived.email_opt_in, arrived.points_earned
);

CREATE TASK IF NOT EXISTS fill_inventory
WAREHOUSE = snowgate_load_wh
SCHEDULE = '5 MINUTE'
AS
MERGE INTO snowgate.serving.inventory AS served
USING (
    SELECT
        region, product_id, warehouse_name, quantity_on_hand, estimated_delivery_days, updated_at,
        FALSE AS is_gone
    FROM snowgate.raw.inventory
    UNION ALL
    SELECT
        gone.region, gone.product_id, gone.warehouse_name, gone.quantity_on_hand, gone.estimated_delivery_days,
        gone.updated_at,
        TRUE AS is_gone
    FROM snowgate.serving.inventory AS gone
    LEFT JOIN snowgate.raw.inventory AS kept ON gone.region = kept.region AND gone.product_id = kept.product_id
    WHERE kept.region IS NULL AND (SELECT count(*) FROM snowgate.raw.inventory) > 0
) AS arrived
ON served.region = arrived.region AND served.product_id = arrived.product_id
WHEN MATCHED AND arrived.is_gone THEN DELETE
WHEN MATCHED AND served.updated_at < arrived.updated_at THEN UPDATE SET
    warehouse_name = arrived.warehouse_name, quantity_on_hand = arrived.quantity_on_hand,
    estimated_delivery_days = arrived.estimated_delivery_days, updated_at = arrived.updated_at
WHEN NOT MATCHED THEN INSERT (
    region, product_id, warehouse_name, quantity_on_hand, estimated_delivery_days, updated_at
) VALUES (
    arrived.region, arrived.product_id, arrived.warehouse_name, arrived.quantity_on_hand,
    arrived.estimated_delivery_days, arrived.updated_at
);

ALTER TASK fill_inventory RESUME;

ALTER TASK fill_customers RESUME;

ALTER TASK fill_stores RESUME;

ALTER TASK fill_loyalty_tiers RESUME;

ALTER TASK fill_products RESUME;

ALTER TASK fill_product_categories RESUME;

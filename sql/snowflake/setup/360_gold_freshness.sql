-- The moment that each gold table speaks for. All of them are refreshed together because of it: they have no lag of
-- their own, it has. So they never mix two moments, and one REFRESH of it computes all.
-- Run after the other 3xx files. Running it again changes nothing.
-- 30 minutes: it costs one run of the warehouse snowgate_load_wh per lag in which raw rows or the moment changed.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gold;

CREATE DYNAMIC TABLE IF NOT EXISTS freshness
TARGET_LAG = '30 minutes'
WAREHOUSE = snowgate_load_wh
REFRESH_MODE = FULL
AS
SELECT 'customer_features' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM customer_features
UNION ALL
SELECT 'customer_propensities' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM customer_propensities
UNION ALL
SELECT 'customer_tastes' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM customer_tastes
UNION ALL
SELECT 'taste_priors' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM taste_priors
UNION ALL
SELECT 'product_statistics' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM product_statistics
UNION ALL
SELECT 'product_neighbours' AS table_name, min(as_of) AS as_of, count(*) AS row_count FROM product_neighbours;

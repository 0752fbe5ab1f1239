-- The place of the serving store: a database, a schema and a warehouse of its own.
-- Run first, as a role that may create databases and warehouses. Running it again changes nothing.
-- The warehouse is small and scales out, because point lookups on hybrid tables want more clusters, not bigger ones; it
-- is the gateway's alone, so that its caches stay warm.
CREATE DATABASE IF NOT EXISTS snowgate COMMENT = 'What the gateway serves';

CREATE SCHEMA IF NOT EXISTS snowgate.serving COMMENT = 'Hybrid tables, read by key';

CREATE WAREHOUSE IF NOT EXISTS snowgate_wh
WAREHOUSE_SIZE = XSMALL
AUTO_SUSPEND = 600
AUTO_RESUME = TRUE
INITIALLY_SUSPENDED = TRUE
COMMENT = 'Serves the gateway';

-- The warehouses: one that answers the gateway, one that computes.
-- Run after 010_roles.sql. Running it again changes nothing.
-- The first is small and scales out, because point lookups on hybrid tables want more clusters, not bigger ones; it is
-- the gateway's alone, so that its caches stay warm. The second refreshes the gold tables and fills the hybrid ones:
-- while nothing is due it sleeps.
USE ROLE snowgate_admin;

CREATE WAREHOUSE IF NOT EXISTS snowgate_wh
WAREHOUSE_SIZE = XSMALL
AUTO_SUSPEND = 600
AUTO_RESUME = TRUE
INITIALLY_SUSPENDED = TRUE
COMMENT = 'Serves the gateway';

CREATE WAREHOUSE IF NOT EXISTS snowgate_load_wh
WAREHOUSE_SIZE = SMALL
AUTO_SUSPEND = 60
AUTO_RESUME = TRUE
INITIALLY_SUSPENDED = TRUE
COMMENT = 'Computes the gold tables and fills the hybrid ones';

GRANT USAGE ON WAREHOUSE snowgate_wh TO ROLE snowgate_service;

GRANT USAGE ON WAREHOUSE snowgate_load_wh TO ROLE snowgate_loader;

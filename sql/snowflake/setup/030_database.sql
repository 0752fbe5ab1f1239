-- The database with its schemas, and who may read and write in them.
-- Run after 020_warehouses.sql. Running it again changes nothing.
-- Grants on future tables hold for those that later files make, and for those that a sync swaps in.
USE ROLE snowgate_admin;

CREATE DATABASE IF NOT EXISTS snowgate COMMENT = 'What the gateway serves';

CREATE SCHEMA IF NOT EXISTS snowgate.raw COMMENT = 'As it comes in: standard tables';

CREATE SCHEMA IF NOT EXISTS snowgate.gold COMMENT = 'As it is computed: dynamic tables';

CREATE SCHEMA IF NOT EXISTS snowgate.serving COMMENT = 'Hybrid tables, read by key';

CREATE SCHEMA IF NOT EXISTS snowgate.gateway COMMENT = 'Containers, their secrets, and functions that call them';

GRANT USAGE ON DATABASE snowgate TO ROLE snowgate_service;

GRANT USAGE ON DATABASE snowgate TO ROLE snowgate_loader;

GRANT USAGE ON DATABASE snowgate TO ROLE snowgate_caller;

GRANT USAGE ON SCHEMA snowgate.raw TO ROLE snowgate_loader;

GRANT USAGE ON SCHEMA snowgate.raw TO ROLE snowgate_service;

GRANT USAGE ON SCHEMA snowgate.gold TO ROLE snowgate_service;

GRANT USAGE ON SCHEMA snowgate.serving TO ROLE snowgate_service;

GRANT USAGE ON SCHEMA snowgate.gateway TO ROLE snowgate_service;

GRANT USAGE ON SCHEMA snowgate.gateway TO ROLE snowgate_caller;

GRANT SELECT ON FUTURE TABLES IN SCHEMA snowgate.serving TO ROLE snowgate_service;

GRANT SELECT ON FUTURE DYNAMIC TABLES IN SCHEMA snowgate.gold TO ROLE snowgate_service;

GRANT SELECT, INSERT, UPDATE, DELETE ON FUTURE TABLES IN SCHEMA snowgate.raw TO ROLE snowgate_loader;

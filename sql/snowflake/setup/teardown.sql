-- Takes away everything that the setup files made, data and roles included. There is no way back: hybrid tables know no
-- UNDROP. Run as ACCOUNTADMIN. Running it again changes nothing.
-- The database takes its services along, so that the compute pools are empty then; Postgres goes before its policy.
USE ROLE accountadmin;

DROP DATABASE IF EXISTS snowgate;

DROP WAREHOUSE IF EXISTS snowgate_wh;

DROP WAREHOUSE IF EXISTS snowgate_load_wh;

DROP ROLE IF EXISTS snowgate_caller;

DROP ROLE IF EXISTS snowgate_loader;

DROP ROLE IF EXISTS snowgate_service;

DROP ROLE IF EXISTS snowgate_admin;

DROP COMPUTE POOL IF EXISTS snowgate_gateway_pool;

DROP COMPUTE POOL IF EXISTS snowgate_ranker_pool;

DROP POSTGRES INSTANCE IF EXISTS snowgate_postgres;

DROP EXTERNAL ACCESS INTEGRATION IF EXISTS snowgate_postgres_access;

DROP NETWORK POLICY IF EXISTS snowgate_postgres_policy;

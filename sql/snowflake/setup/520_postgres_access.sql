-- The way from the containers to Postgres: egress is closed unless a rule opens it.
-- Run after 510_postgres.sql. Running it again changes nothing.
-- ${postgres_host} the host name that CREATE POSTGRES INSTANCE answered, or that of another Postgres.
USE ROLE accountadmin;

USE SCHEMA snowgate.gateway;

CREATE NETWORK RULE IF NOT EXISTS postgres_server
MODE = EGRESS
TYPE = HOST_PORT
VALUE_LIST = ('${postgres_host}:5432');

CREATE EXTERNAL ACCESS INTEGRATION IF NOT EXISTS snowgate_postgres_access
ALLOWED_NETWORK_RULES = (snowgate.gateway.postgres_server)
ENABLED = TRUE;

GRANT USAGE ON INTEGRATION snowgate_postgres_access TO ROLE snowgate_service;

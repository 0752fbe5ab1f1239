-- Snowflake Postgres, and who may reach it.
-- Run after 030_database.sql. Running it again changes nothing. Where Postgres is somewhere else, leave it out.
-- ${postgres_clients} addresses that may connect, as CIDR: those of the containers, which
-- system$get_snowflake_egress_ip_ranges says, and of the operators.
-- The first run answers the instance's host, and the passwords of two roles this once: keep them. The instance costs
-- from then on, also while nobody asks.
USE ROLE accountadmin;

USE SCHEMA snowgate.gateway;

CREATE NETWORK RULE IF NOT EXISTS postgres_clients
MODE = POSTGRES_INGRESS
TYPE = IPV4
VALUE_LIST = ('${postgres_clients}');

CREATE NETWORK POLICY IF NOT EXISTS snowgate_postgres_policy
ALLOWED_NETWORK_RULE_LIST = ('snowgate.gateway.postgres_clients');

CREATE POSTGRES INSTANCE IF NOT EXISTS snowgate_postgres
COMPUTE_FAMILY = 'STANDARD_M'
STORAGE_SIZE_GB = 50
AUTHENTICATION_AUTHORITY = POSTGRES
POSTGRES_VERSION = 18
NETWORK_POLICY = 'snowgate_postgres_policy'
COMMENT = 'Serves the gateway';

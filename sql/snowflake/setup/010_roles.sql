-- The roles, and what they may do with the account as a whole.
-- Run first, as ACCOUNTADMIN. Running it again changes nothing.
-- snowgate_admin owns everything that these files make. snowgate_service is what the containers run as: it reads the
-- serving tables and writes nothing but events. snowgate_loader brings rows into the raw tables, from outside.
-- snowgate_caller calls the gateway, by HTTP and by SQL functions, and sees no table.
USE ROLE accountadmin;

CREATE ROLE IF NOT EXISTS snowgate_admin COMMENT = 'Owns what the gateway needs';

CREATE ROLE IF NOT EXISTS snowgate_service COMMENT = 'The containers run as this role';

CREATE ROLE IF NOT EXISTS snowgate_loader COMMENT = 'Writes the raw tables';

CREATE ROLE IF NOT EXISTS snowgate_caller COMMENT = 'Calls the gateway';

GRANT ROLE snowgate_admin TO ROLE sysadmin;

GRANT ROLE snowgate_service TO ROLE snowgate_admin;

GRANT ROLE snowgate_loader TO ROLE snowgate_admin;

GRANT ROLE snowgate_caller TO ROLE snowgate_admin;

-- Each for the files that make such a thing.
GRANT CREATE WAREHOUSE ON ACCOUNT TO ROLE snowgate_admin;

GRANT CREATE DATABASE ON ACCOUNT TO ROLE snowgate_admin;

GRANT EXECUTE TASK ON ACCOUNT TO ROLE snowgate_admin;

GRANT CREATE INTEGRATION ON ACCOUNT TO ROLE snowgate_admin;

GRANT CREATE NETWORK POLICY ON ACCOUNT TO ROLE snowgate_admin;

GRANT EXECUTE ALERT ON ACCOUNT TO ROLE snowgate_admin;

GRANT CREATE COMPUTE POOL ON ACCOUNT TO ROLE snowgate_admin;

-- A service with a public endpoint must be owned by a role that may bind it.
GRANT BIND SERVICE ENDPOINT ON ACCOUNT TO ROLE snowgate_service;

-- Who may call the gateway: by its public endpoint, and through the functions of 710_functions.sql.
-- Run after 620_services.sql. Running it again changes nothing. Then, by hand, give snowgate_caller to those who call:
--   GRANT ROLE snowgate_caller TO USER …;
USE ROLE snowgate_service;

GRANT SERVICE ROLE snowgate.gateway.gateway!api_user TO ROLE snowgate_caller;

GRANT USAGE ON SERVICE snowgate.gateway.gateway TO ROLE snowgate_admin;

GRANT SERVICE ROLE snowgate.gateway.gateway!api_user TO ROLE snowgate_admin;

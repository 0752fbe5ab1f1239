-- The schema of registered models, and of services that answer for them.
-- Run after 030_database.sql. Running it again changes nothing.
-- models/register.py fills it as snowgate_admin: the owner of a schema may create models and services in it. Whoever
-- calls them is named there by --grant-to; here they get as far as the schema.
USE ROLE snowgate_admin;

CREATE SCHEMA IF NOT EXISTS snowgate.models COMMENT = 'Registered models, and services that answer for them';

GRANT USAGE ON SCHEMA snowgate.models TO ROLE snowgate_service;

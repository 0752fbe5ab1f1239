-- The secrets of the containers, still without their values.
-- Run after 030_database.sql. Running it again changes nothing, also not the values.
-- No file ever holds a secret: an administrator sets each by hand, in a worksheet that is not kept:
--   ALTER SECRET snowgate.gateway.database_url SET SECRET_STRING = 'postgres://…';
-- and starts the services anew, which read secrets only then.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gateway;

CREATE SECRET IF NOT EXISTS database_url
TYPE = GENERIC_STRING
SECRET_STRING = 'not set'
COMMENT = 'postgres://user:password@host:5432/postgres?sslmode=verify-full';

CREATE SECRET IF NOT EXISTS redis_password
TYPE = GENERIC_STRING
SECRET_STRING = 'not set'
COMMENT = 'Letters and digits: it becomes part of redis_url';

CREATE SECRET IF NOT EXISTS redis_url
TYPE = GENERIC_STRING
SECRET_STRING = 'not set'
COMMENT = 'redis://:password@redis:6379';

GRANT READ ON SECRET database_url TO ROLE snowgate_service;

GRANT READ ON SECRET redis_password TO ROLE snowgate_service;

GRANT READ ON SECRET redis_url TO ROLE snowgate_service;

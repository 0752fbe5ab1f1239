-- The machines of the containers. They cost while they run, also when nobody asks; suspended ones cost nothing.
-- Run after 010_roles.sql. Running it again changes nothing.
-- The gateway and its Redis share small machines; the ranker gets its own, because it computes.
USE ROLE snowgate_admin;

CREATE COMPUTE POOL IF NOT EXISTS snowgate_gateway_pool
MIN_NODES = 1
MAX_NODES = 4
INSTANCE_FAMILY = CPU_X64_S
AUTO_RESUME = TRUE
AUTO_SUSPEND_SECS = 3600
COMMENT = 'Gateway and Redis';

CREATE COMPUTE POOL IF NOT EXISTS snowgate_ranker_pool
MIN_NODES = 1
MAX_NODES = 2
INSTANCE_FAMILY = CPU_X64_S
AUTO_RESUME = TRUE
AUTO_SUSPEND_SECS = 3600
COMMENT = 'Ranker';

GRANT USAGE, MONITOR ON COMPUTE POOL snowgate_gateway_pool TO ROLE snowgate_service;

GRANT USAGE, MONITOR ON COMPUTE POOL snowgate_ranker_pool TO ROLE snowgate_service;

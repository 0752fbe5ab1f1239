-- The services: Redis, the ranker, the gateway. Each finds the others by name, because they share a schema.
-- Run after 540_images.sql with the images pushed, and 610_compute_pools.sql. Running it again changes nothing: a new
-- version comes by ALTER SERVICE … FROM SPECIFICATION.
-- ${image_tag} tag of the image snowgate.
-- They run as the role that makes them, so that role is not the owner of the data.
USE ROLE accountadmin;

GRANT CREATE SERVICE ON SCHEMA snowgate.gateway TO ROLE snowgate_service;

USE ROLE snowgate_service;

USE SCHEMA snowgate.gateway;

CREATE SERVICE IF NOT EXISTS redis
IN COMPUTE POOL snowgate_gateway_pool
FROM @snowgate.gateway.specs
SPECIFICATION_FILE = 'redis.yaml'
MIN_INSTANCES = 1
MAX_INSTANCES = 1;

CREATE SERVICE IF NOT EXISTS ranker
IN COMPUTE POOL snowgate_ranker_pool
FROM @snowgate.gateway.specs
SPECIFICATION_TEMPLATE_FILE = 'ranker.yaml'
USING (tag => '"${image_tag}"')
MIN_INSTANCES = 1
MAX_INSTANCES = 2;

-- MIN_READY_INSTANCES below MIN_INSTANCES keeps ingress open during a rolling upgrade.
CREATE SERVICE IF NOT EXISTS gateway
IN COMPUTE POOL snowgate_gateway_pool
FROM @snowgate.gateway.specs
SPECIFICATION_TEMPLATE_FILE = 'gateway.yaml'
USING (tag => '"${image_tag}"')
EXTERNAL_ACCESS_INTEGRATIONS = (snowgate_postgres_access)
QUERY_WAREHOUSE = snowgate_wh
MIN_INSTANCES = 2
MAX_INSTANCES = 4
MIN_READY_INSTANCES = 1;

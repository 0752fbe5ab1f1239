-- Where the images and the specifications of the services lie.
-- Run after 030_database.sql. Running it again changes nothing. Then, by hand, push the images snowgate:${image_tag}
-- and redis:8-bookworm (SHOW IMAGE REPOSITORIES says where to), and put deploy/spcs/*.yaml on the stage.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.gateway;

CREATE STAGE IF NOT EXISTS specs
DIRECTORY = (ENABLE = TRUE)
COMMENT = 'Service specifications: deploy/spcs';

GRANT READ ON STAGE specs TO ROLE snowgate_service;

CREATE IMAGE REPOSITORY IF NOT EXISTS images;

GRANT READ ON IMAGE REPOSITORY images TO ROLE snowgate_service;

-- Customers with their loyalty tier and home region; tiers and stores, which only a sync reads.
-- Run after 030_database.sql. Running it again changes nothing.
USE ROLE snowgate_admin;

USE SCHEMA snowgate.serving;

CREATE HYBRID TABLE IF NOT EXISTS customers (
    customer_id NUMBER(19, 0) NOT NULL,
    first_name VARCHAR(256) NOT NULL,
    email VARCHAR(512) NOT NULL,
    birth_date DATE,
    joined_on DATE NOT NULL,
    loyalty_tier VARCHAR(32) NOT NULL,
    home_region VARCHAR(32) NOT NULL,
    zip_code VARCHAR(16) NOT NULL,
    preferred_store_id NUMBER(10, 0),
    has_app BOOLEAN NOT NULL DEFAULT FALSE,
    email_opt_in BOOLEAN NOT NULL DEFAULT FALSE,
    points_earned NUMBER(10, 0) NOT NULL DEFAULT 0,
    PRIMARY KEY (customer_id)
);

CREATE TABLE IF NOT EXISTS loyalty_tiers (
    loyalty_tier VARCHAR(32) NOT NULL,
    tier_rank NUMBER(10, 0) NOT NULL,
    points_multiplier NUMBER(4, 2) NOT NULL
);

CREATE TABLE IF NOT EXISTS stores (
    store_id NUMBER(10, 0) NOT NULL,
    store_name VARCHAR(256) NOT NULL,
    region VARCHAR(32) NOT NULL,
    zip_code VARCHAR(16) NOT NULL
);

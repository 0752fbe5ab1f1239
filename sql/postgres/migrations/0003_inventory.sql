-- Live stock: one row per region and product. Every change is announced on the channel inventory_changed with the
-- region as payload, once per statement and region, so that gateways refresh that region's snapshot.
CREATE TABLE inventory (
    region text NOT NULL CHECK (region IN ('Northeast', 'Southeast', 'Midwest', 'South', 'West')),
    product_id bigint NOT NULL REFERENCES products (product_id),
    warehouse_name text NOT NULL,
    quantity_on_hand integer NOT NULL CHECK (quantity_on_hand >= 0),
    estimated_delivery_days smallint NOT NULL CHECK (estimated_delivery_days >= 0),
    updated_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (region, product_id)
);

CREATE INDEX inventory_product ON inventory (product_id);

CREATE FUNCTION announce_inventory_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM pg_notify('inventory_changed', changed.region) FROM (SELECT DISTINCT region FROM changed_rows) AS changed;
    RETURN NULL;
END
$$;

CREATE TRIGGER inventory_inserted AFTER INSERT ON inventory
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION announce_inventory_change();
CREATE TRIGGER inventory_updated AFTER UPDATE ON inventory
REFERENCING NEW TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION announce_inventory_change();
CREATE TRIGGER inventory_deleted AFTER DELETE ON inventory
REFERENCING OLD TABLE AS changed_rows FOR EACH STATEMENT EXECUTE FUNCTION announce_inventory_change();

-- What customers did, append-only. No foreign keys: the log must accept an event about a product that left the
-- catalog, and bulk loads of millions of rows must not pay for a lookup per row.
CREATE TABLE events (
    event_id uuid PRIMARY KEY,
    customer_id bigint NOT NULL,
    session_id bigint,
    event_type text NOT NULL CHECK (event_type IN (
        'product_view', 'category_browse', 'search', 'add_to_cart', 'cart_abandon', 'order_complete', 'pos_purchase'
    )),
    occurred_at timestamptz NOT NULL,
    region text NOT NULL,
    product_id bigint,
    category_id text,
    store_id integer,
    quantity integer NOT NULL DEFAULT 1 CHECK (quantity > 0),
    unit_price numeric(12, 2),
    currency text NOT NULL DEFAULT 'USD' CHECK (currency ~ '^[A-Z]{3}$')
);

CREATE INDEX events_customer ON events (customer_id, occurred_at DESC, event_id DESC);

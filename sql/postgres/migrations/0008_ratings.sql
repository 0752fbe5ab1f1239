-- A rating is an event with a value: more than no and at most five stars, halves allowed. A customer has one rating of
-- a product; a new one replaces it.
ALTER TABLE events
DROP CONSTRAINT events_event_type_check,
ADD COLUMN value double precision,
ADD CONSTRAINT events_event_type_check CHECK (event_type IN (
    'product_view', 'category_browse', 'search', 'add_to_cart', 'cart_abandon', 'order_complete', 'pos_purchase',
    'rating'
)),
ADD CONSTRAINT events_value_check CHECK (
    CASE WHEN event_type = 'rating' THEN coalesce(value > 0 AND value <= 5, FALSE) ELSE value IS NULL END
);

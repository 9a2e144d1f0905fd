-- What is known of a customer when a week ends. Every source holds what had happened by then, and
-- nothing else: no condition on its end is needed anywhere.
WITH active AS (
  SELECT * FROM customers WHERE customer_id NOT IN (SELECT customer_id FROM cancelled)
)
SELECT
  c.customer_id,
  $night AS week,
  c.plan,
  date_diff('day', c.signed_up, $night) AS tenure_days,
  count(o.order_id) AS orders_84d,
  count(o.order_id) FILTER (WHERE o.ordered_at > $night - INTERVAL 28 DAY) AS orders_28d,
  coalesce(sum(o.amount) FILTER (WHERE o.ordered_at > $night - INTERVAL 28 DAY), 0) AS spent_28d,
  date_diff('day', max(o.ordered_at), $night + INTERVAL 1 DAY) AS days_since_order
FROM active AS c
LEFT JOIN orders AS o ON o.customer_id = c.customer_id
GROUP BY ALL

-- Whose labels are looked up, and for which week.
SELECT customer_id, $night_name AS week
FROM customers
WHERE customer_id NOT IN (SELECT customer_id FROM cancelled)

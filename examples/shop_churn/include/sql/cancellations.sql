SELECT customer_id, cancelled_at FROM cancellations

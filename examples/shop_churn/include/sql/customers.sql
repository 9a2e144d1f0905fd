SELECT customer_id, plan, signed_up FROM customers

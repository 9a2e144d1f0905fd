"""`make demo`: runs the churn pipelines for two nights of a made-up business."""

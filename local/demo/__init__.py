"""`make demo`: two nights of a subscription business pass through the airlock."""

"""HTTP in and out: OpenWhisk's REST API, web actions and the live capability, spoken to the letter."""

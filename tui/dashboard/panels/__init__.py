"""Panels of the main screen: they show values and say what the user asked for; they start nothing themselves."""

"""Sizes at which the layout changes: classes that every screen carries, for the style sheets to use."""

HORIZONTAL = [(0, "-tiny"), (60, "-narrow"), (100, "-medium"), (160, "-wide")]
VERTICAL = [(0, "-flat"), (16, "-low"), (30, "-short"), (32, "-middle"), (36, "-tall")]

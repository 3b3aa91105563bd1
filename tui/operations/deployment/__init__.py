"""From one place to another: a namespace or a manifest becomes a blueprint, a blueprint a plan, a plan is carried out.

`blueprint_of` reads a namespace, `read_manifest` a folder; `make_plan` compares with what is there, `carry_out` does
what the plan says, `save_undo` and `plan_undo` are the way back.
"""

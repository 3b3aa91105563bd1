"""Screens: they own the state, bind it down to panels and start the jobs that panels ask for."""

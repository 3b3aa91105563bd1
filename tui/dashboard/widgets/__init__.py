"""Widgets that know nothing of OpenWhisk: lines, titles, header, footer, breadcrumb."""

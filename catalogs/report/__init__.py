"""What people look at after a night: the contact sheet and the report page.

Modules are imported by their own names: who ranks designs needs neither pictures nor pages.
"""

"""Device drivers in plain Python: no Odoo in here. Read ``base.py`` first."""
